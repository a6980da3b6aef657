import * as z from 'zod/mini'

interface Range {
  atLeast?: number
  above?: number
  below?: number
  atMost?: number
  /** Only whole numbers. Unlike `z.int()` this takes numbers beyond 2^53, which JSON.parse rounds. */
  whole?: boolean
}

/**
 * A number within bounds, described by one phrase whichever bound is broken:
 * "a number of at least 0 and below 2". A range names its lower bound.
 */
export function numberIn(range: Range) {
  const error = phrase(range)
  const checks = []
  if (range.atLeast !== undefined) checks.push(z.gte(range.atLeast, { error }))
  if (range.above !== undefined) checks.push(z.gt(range.above, { error }))
  if (range.below !== undefined) checks.push(z.lt(range.below, { error }))
  if (range.atMost !== undefined) checks.push(z.lte(range.atMost, { error }))
  if (range.whole) checks.push(z.multipleOf(1, { error }))
  return z.number({ error }).check(...checks)
}

function phrase({ atLeast, above, below, atMost, whole }: Range): string {
  const kind = whole ? 'a whole number' : 'a number'
  const low = above === undefined ? `of at least ${atLeast}` : `above ${above}`
  if (below !== undefined) return `${kind} ${low} and below ${below}`
  return atMost === undefined ? `${kind} ${low}` : `${kind} ${low} and at most ${atMost}`
}
