/** The middle of repeated measurements and how far they spread. */
export interface Spread {
  median: number
  lowerQuartile: number
  upperQuartile: number
}

/**
 * Median and quartiles, with linear interpolation; means would be distorted by outliers.
 *
 * @throws RangeError without values.
 */
export function spread(values: readonly number[]): Spread {
  if (values.length === 0) throw new RangeError('There is nothing to summarise: no values were measured.')
  const sorted = values.toSorted((a, b) => a - b)
  return {
    median: quantile(sorted, 0.5),
    lowerQuartile: quantile(sorted, 0.25),
    upperQuartile: quantile(sorted, 0.75),
  }
}

function quantile(sorted: readonly number[], share: number): number {
  const position = (sorted.length - 1) * share
  const below = sorted[Math.floor(position)] ?? Number.NaN
  const above = sorted[Math.ceil(position)] ?? Number.NaN
  return below + (above - below) * (position - Math.floor(position))
}
