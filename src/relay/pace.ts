import { HEDGE_MIN_MS, PACE_MIN_SAMPLES, PACES_ENTRIES } from './constants.ts'
import type { Target } from './targets.ts'

/** How long a region takes to the first byte of a model's answers, smoothed as TCP smooths round trips (RFC 6298 section 2). */
export interface Pace {
  meanMs: number
  deviationMs: number
  samples: number
}

/** Paces by region, model and manner. Each isolate measures for itself, as with {@link Standings}. */
export type Paces = Map<string, Pace>

/** Those of this isolate. */
export const paces: Paces = new Map()

/** A pace after one more measurement: an eighth of the mean and a quarter of the deviation are new. */
export function measured(pace: Pace | undefined, milliseconds: number): Pace {
  if (!pace) return { meanMs: milliseconds, deviationMs: milliseconds / 2, samples: 1 }
  const { meanMs, deviationMs, samples } = pace
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
export function usualWithinMs(pace: Pace | undefined): number | undefined {
  if (!pace || pace.samples < PACE_MIN_SAMPLES) return undefined
  return Math.max(HEDGE_MIN_MS, pace.meanMs + 4 * pace.deviationMs)
}

/** What a pace is kept under: a whole answer takes as long as it is, a stream only as long as its first event. */
export function paceName({ region }: Target, model: string, stream: boolean): string {
  return `${region} ${stream ? 'stream' : 'whole'} ${model}`
}

/** Notes a measurement. Callers name models, so the oldest goes where there are too many. */
export function notePace(known: Paces, name: string, milliseconds: number): void {
  known.set(name, measured(known.get(name), milliseconds))
  const oldest = known.size > PACES_ENTRIES ? known.keys().next() : undefined
  if (oldest && !oldest.done) known.delete(oldest.value)
}
