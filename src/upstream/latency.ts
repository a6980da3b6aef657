import type { Target } from '../dashscope/targets.ts'
import { setBounded } from '../lib/bounded-map.ts'

/** Measurements of a region and a model before a usual time is computed. */
const LATENCY_MIN_SAMPLES = 3

/** Regions and models whose latency an isolate remembers. */
const LATENCIES_ENTRIES = 1000

/** A hedge is never sent sooner than this: jitter is no reason for a second call. */
const HEDGE_MIN_MS = 100

/** The time to the first byte of a model in a region, smoothed as TCP smooths round trips (RFC 6298 section 2). */
export interface Latency {
  meanMs: number
  deviationMs: number
  samples: number
}

/**
 * Latencies by region, model and form (stream or whole response). Isolates do not share them, as with {@link
 * Breakers}.
 */
export type Latencies = Map<string, Latency>

/** Shared by all requests of this isolate. */
export const latencies: Latencies = new Map()

/** A latency after one more measurement, which weighs an eighth in the mean and a quarter in the deviation. */
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
 * The time within which the first byte usually arrives: the mean plus four deviations.
 *
 * @returns milliseconds; undefined with too few measurements.
 */
export function usualWithinMs(latency: Latency | undefined): number | undefined {
  if (!latency || latency.samples < LATENCY_MIN_SAMPLES) return undefined
  return Math.max(HEDGE_MIN_MS, latency.meanMs + 4 * latency.deviationMs)
}

/**
 * The name of a latency. Whole responses and streams are measured apart: the time of a whole response grows with its
 * length.
 */
export function latencyName({ region }: Target, model: string, stream: boolean): string {
  return `${region} ${stream ? 'stream' : 'whole'} ${model}`
}

/** Records a measurement. Callers choose the model names, so the oldest entry is evicted when there are too many. */
export function noteLatency(known: Latencies, name: string, milliseconds: number): void {
  setBounded(known, name, measured(known.get(name), milliseconds), LATENCIES_ENTRIES)
}
