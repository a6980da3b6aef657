import { readdirSync, readFileSync } from 'node:fs'
import { memoryMebibytes } from '../../bench/process.ts'

/** Resident memory at a moment of the run. */
export interface Sample {
  elapsedMs: number
  mebibytes: number
}

const SAMPLE_EVERY_MS = 10_000
const MINUTE_MS = 60_000

/** In shorter runs the heap is still finding its size. */
export const MEMORY_JUDGED_FROM_MS = 10 * MINUTE_MS

/** How much more the last minute may hold than the second. */
const MAX_GROWTH = 0.1

/** Samples a process until told to stop; nothing where there is no `/proc`. */
export function sampleMemory(
  pid: number | undefined,
  startMs: number,
): { series: Sample[]; stop: () => void } {
  const series: Sample[] = []
  const timer = setInterval(() => {
    const mebibytes = pid === undefined ? undefined : memoryMebibytes(pid)
    if (mebibytes !== undefined) series.push({ elapsedMs: Date.now() - startMs, mebibytes })
  }, SAMPLE_EVERY_MS)
  return { series, stop: () => clearInterval(timer) }
}

/** What is wrong with the series of a run: the mean of its last minute is more than a tenth above that of its second. */
export function judgeMemory(series: readonly Sample[], lengthMs: number): string[] {
  const second = mean(between(series, MINUTE_MS, 2 * MINUTE_MS))
  const last = mean(between(series, lengthMs - MINUTE_MS, lengthMs))
  if (last <= second * (1 + MAX_GROWTH)) return []
  return [`the last minute holds ${last.toFixed(0)} MiB, the second held ${second.toFixed(0)}`]
}

/** The processes that this one has started (proc(5): the parent is the second field behind the command's parenthesis). */
export function childPids(): number[] {
  if (process.platform !== 'linux') return []
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => parentOf(pid) === process.pid)
}

function parentOf(pid: number): number | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8')
    return Number(text.slice(text.lastIndexOf(')') + 2).split(' ')[1])
  } catch {
    // It has ended since it was listed.
    return undefined
  }
}

function between(series: readonly Sample[], fromMs: number, toMs: number): number[] {
  return series
    .filter(({ elapsedMs }) => elapsedMs >= fromMs && elapsedMs <= toMs)
    .map(({ mebibytes }) => mebibytes)
}

/** NaN of nothing, which is within no bound. */
function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}
