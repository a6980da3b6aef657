import type { Target } from '../dashscope/targets.ts'
import { setBounded } from '../lib/bounded-map.ts'

/** Measurements of a region and a model before the gateway speaks of a usual time. */
const LATENCY_MIN_SAMPLES = 3

/** Regions and models an isolate remembers the latency of. */
const LATENCIES_ENTRIES = 1000

/** A second region is never asked sooner than this: jitter is no reason to ask twice. */
const HEDGE_MIN_MS = 100

/** How long a region takes to the first byte of a model's answers, smoothed as TCP smooths round trips (RFC 6298 section 2). */
export interface Latency {
  meanMs: number
  deviationMs: number
  samples: number
}

/** Latencies by region, model and form (stream or whole response). Each isolate measures for itself, as with {@link Breakers}. */
export type Latencies = Map<string, Latency>

/** Shared by all requests of this isolate. */
export const latencies: Latencies = new Map()

/** A latency after one more measurement: an eighth of the mean and a quarter of the deviation are new. */
export function measured(latency: Latency | undefined, milliseconds: number): Latency {
  if (!latency) return { meanMs: milliseconds, deviationMs: milliseconds / 2, samples: 1 }
  const { meanMs, deviationMs, samples } = latency
  return {
    meanMs: meanMs + (milliseconds - meanMs) / 8,
    deviationMs: deviationMs + (Math.abs(milliseconds - meanMs) - deviationMs) / 4,
    samples: samples + 1,
  }
}

/**
 * The time within which the first byte is usually there: the mean and four deviations.
 *
 * @returns milliseconds; undefined until enough was measured.
 */
export function usualWithinMs(latency: Latency | undefined): number | undefined {
  if (!latency || latency.samples < LATENCY_MIN_SAMPLES) return undefined
  return Math.max(HEDGE_MIN_MS, latency.meanMs + 4 * latency.deviationMs)
}

/** What a latency is kept under: a whole answer takes as long as it is, a stream only as long as its first event. */
export function latencyName({ region }: Target, model: string, stream: boolean): string {
  return `${region} ${stream ? 'stream' : 'whole'} ${model}`
}

/** Notes a measurement. Callers name models, so the oldest goes if there are too many. */
export function noteLatency(known: Latencies, name: string, milliseconds: number): void {
  setBounded(known, name, measured(known.get(name), milliseconds), LATENCIES_ENTRIES)
}
