import { readdirSync, readFileSync } from 'node:fs'
import { cpuMicroseconds, memoryMebibytes } from '../process.ts'

/** The position of the parent's id after the command's closing parenthesis in `/proc/{pid}/stat` (proc(5), field 4). */
const PARENT_POSITION = 1

/** CPU time in microseconds of a process and its running descendants; undefined if there is no `/proc`. */
export function treeCpuMicroseconds(pid: number): number | undefined {
  return sum(pid, cpuMicroseconds)
}

/** Resident memory in MiB of a process and its descendants; undefined if there is no `/proc`. */
export function treeMemoryMebibytes(pid: number): number | undefined {
  return sum(pid, memoryMebibytes)
}

function sum(pid: number, measure: (pid: number) => number | undefined): number | undefined {
  if (process.platform !== 'linux') return undefined
  return tree(pid).reduce((total, each) => total + (unlessGone(() => measure(each)) ?? 0), 0)
}

/** A process and its descendants. */
function tree(root: number): number[] {
  const parents = new Map<number, number>()
  for (const name of readdirSync('/proc')) {
    const parent = /^\d+$/.test(name) ? unlessGone(() => parentOf(Number(name))) : undefined
    if (parent !== undefined) parents.set(Number(name), parent)
  }
  const found = [root]
  for (const each of found) {
    for (const [child, parent] of parents) if (parent === each) found.push(child)
  }
  return found
}

function parentOf(pid: number): number {
  const text = readFileSync(`/proc/${pid}/stat`, 'utf8')
  return Number(text.slice(text.lastIndexOf(')') + 2).split(' ')[PARENT_POSITION])
}

/** Runs a lookup; undefined if the process has ended meanwhile. */
function unlessGone<T>(look: () => T): T | undefined {
  try {
    return look()
  } catch {
    return undefined
  }
}
