import * as z from 'zod/mini'

interface Range {
  atLeast?: number
  above?: number
  below?: number
  atMost?: number
  /** Only whole numbers. Unlike `z.int()` this allows numbers beyond 2^53, which JSON.parse rounds. */
  whole?: boolean
}

/**
 * A number within bounds, described by one phrase whichever bound is broken:
 * "a number of at least 0 and below 2".
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

function phrase(range: Range): string {
  const bounds = []
  if (range.atLeast !== undefined) bounds.push(`of at least ${range.atLeast}`)
  if (range.above !== undefined) bounds.push(`above ${range.above}`)
  if (range.below !== undefined) bounds.push(`below ${range.below}`)
  if (range.atMost !== undefined) bounds.push(`at most ${range.atMost}`)
  const kind = range.whole ? 'a whole number' : 'a number'
  return bounds.length > 0 ? `${kind} ${bounds.join(' and ')}` : kind
}
