import { existsSync, readFileSync } from 'node:fs'

/** Linux counts CPU time in hundredths of a second for every program (`getconf CLK_TCK`, proc(5)). */
const TICK_MICROSECONDS = 10_000

/** The positions of user and system time after the command's closing parenthesis in `/proc/{pid}/stat` (fields 14 and 15). */
const USER_TIME_POSITION = 11
const SYSTEM_TIME_POSITION = 12

/** CPU time of a process with all its threads in microseconds; undefined if there is no `/proc`. */
export function cpuMicroseconds(pid: number): number | undefined {
  if (process.platform !== 'linux') return undefined
  const text = readFileSync(`/proc/${pid}/stat`, 'utf8')
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[USER_TIME_POSITION]) + Number(fields[SYSTEM_TIME_POSITION])) * TICK_MICROSECONDS
}

/** Resident memory of a process in MiB; undefined if there is no `/proc`, or no such process any more. */
export function memoryMebibytes(pid: number): number | undefined {
  const status = `/proc/${pid}/status`
  if (process.platform !== 'linux' || !existsSync(status)) return undefined
  const match = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(status, 'utf8'))
  return match ? Number(match[1]) / 1024 : undefined
}
