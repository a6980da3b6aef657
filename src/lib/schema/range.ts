import * as z from 'zod/mini'
import { refine } from './refine.ts'

interface Range {
  atLeast?: number
  above?: number
  below?: number
  atMost?: number
  /** Only whole numbers; values beyond 2^53, which JSON.parse rounds, are allowed. */
  whole?: boolean
}

/**
 * A number within bounds, described by one phrase for all bounds: "a number of at least 0 and below 2". Every range
 * has a lower bound.
 */
export function numberIn(range: Range) {
  const { atLeast = -Infinity, above = -Infinity, below = Infinity, atMost = Infinity, whole = false } = range
  const phrase = phraseOf(range)
  const isInside = (value: number) =>
    value >= atLeast &&
    value > above &&
    value < below &&
    value <= atMost &&
    (!whole || Number.isInteger(value))
  return z.number({ error: phrase }).check(refine(isInside, phrase))
}

/**
 * A whole number for a count or a time, exact and within bounds.
 *
 * @param phrase describes the number in every error message.
 */
export function wholeNumber(lowest: number, highest: number, phrase: string) {
  const isInside = (value: number) => Number.isSafeInteger(value) && value >= lowest && value <= highest
  return z.number({ error: phrase }).check(refine(isInside, phrase))
}

function phraseOf({ atLeast, above, below, atMost, whole }: Range): string {
  const kind = whole ? 'a whole number' : 'a number'
  const low = above === undefined ? `of at least ${atLeast}` : `above ${above}`
  if (below !== undefined) return `${kind} ${low} and below ${below}`
  return atMost === undefined ? `${kind} ${low}` : `${kind} ${low} and at most ${atMost}`
}
