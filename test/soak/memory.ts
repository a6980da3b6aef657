import { readdirSync, readFileSync } from 'node:fs'
import { memoryMebibytes } from '../../tools/bench/process.ts'
import type { HeapReader } from './heap.ts'

/** Memory at a moment of the run, when all garbage has just been collected; in MiB, undefined if it cannot be measured. */
export interface Sample {
  elapsedMs: number
  /** What the gateway's isolate holds. */
  gateway: number | undefined
  /** What the whole process of workerd has in memory: program, gateway, and the stand-ins for Workers KV and the network. */
  resident: number | undefined
}

const SAMPLE_EVERY_MS = 10_000
const MINUTE_MS = 60_000
const MEBIBYTE = 1024 * 1024

/** In shorter runs compiled code and the allocator are still finding their size. */
export const MEMORY_JUDGED_FROM_MS = 10 * MINUTE_MS

/** How much more the last minute may hold than the second. */
const MAX_GROWTH = 0.1

/** What is shown and judged, with the digits that say something. */
const MEASURES = [
  { of: 'gateway', name: "the gateway's heap", digits: 2 },
  { of: 'resident', name: "workerd's resident memory", digits: 0 },
] as const

/**
 * Samples a workerd until it is stopped.
 *
 * Garbage is collected first each time. Left alone, V8 lets it lie: it does not know here of the 128 MB that an isolate has
 * at Cloudflare, so the gateway's gathers some 30 MiB before it collects at all, the stand-ins' gather as much in ten minutes
 * without collecting once, and the native objects behind the garbage take as much again. Such a process grows to a few
 * hundred MiB, nearly all of which nothing refers to, and its size says nothing about a leak.
 *
 * @param pid of workerd; undefined if there is no `/proc`.
 * @param now milliseconds since the run began.
 */
export function sampleMemory(
  { heldBytes }: HeapReader,
  pid: number | undefined,
  now: () => number,
): { series: Sample[]; stop: () => void } {
  const series: Sample[] = []
  const timer = setInterval(async () => {
    const bytes = await heldBytes()
    series.push({
      elapsedMs: now(),
      gateway: bytes === undefined ? undefined : bytes / MEBIBYTE,
      resident: pid === undefined ? undefined : memoryMebibytes(pid),
    })
  }, SAMPLE_EVERY_MS)
  return { series, stop: () => clearInterval(timer) }
}

/** What is wrong with the series of a run: the mean of its last minute is more than a tenth above that of its second. */
export function judgeMemory(series: readonly Sample[], lengthMs: number): string[] {
  return MEASURES.flatMap(({ of, name, digits }) => {
    const { second, last } = meansOf(series, of, lengthMs)
    if (last <= second * (1 + MAX_GROWTH)) return []
    return [
      `${name}: ${last.toFixed(digits)} MiB in the last minute, ${second.toFixed(digits)} in the second`,
    ]
  })
}

/** Every sample, and the growth that is judged; a run without two minutes has none. */
export function showMemory(series: readonly Sample[], lengthMs: number): string {
  return MEASURES.map(({ of, name, digits }) => {
    const { second, last } = meansOf(series, of, lengthMs)
    const growth = ((last / second - 1) * 100).toFixed(1)
    const figures = series.map((sample) => sample[of]?.toFixed(digits) ?? '-').join(' ')
    const isKnown = lengthMs > 2 * MINUTE_MS && Number.isFinite(last / second)
    return `${name}, MiB: ${figures}${isKnown ? `; the last minute against the second: ${growth} %` : ''}`
  }).join('\n')
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

function meansOf(
  series: readonly Sample[],
  of: 'gateway' | 'resident',
  lengthMs: number,
): { second: number; last: number } {
  const within = (fromMs: number) =>
    mean(
      series
        .filter(({ elapsedMs }) => elapsedMs > fromMs && elapsedMs <= fromMs + MINUTE_MS)
        .flatMap((sample) => sample[of] ?? []),
    )
  return { second: within(MINUTE_MS), last: within(lengthMs - MINUTE_MS) }
}

/** NaN of nothing, which is within no bound. */
function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}
