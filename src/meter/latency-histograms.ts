/** The upper bound of a histogram's first bucket: milliseconds, or tokens per second. */
const FIRST_BOUND = { first: 10, total: 10, speed: 1 } as const

/** Each bucket is this much wider than the previous one, so a percentile is off by 15 % at most. */
const GROWTH = 1.3

/** The last bucket begins at about 5 minutes. */
const LAST_BUCKET = 40

/** The measured values: milliseconds to the first byte and to the end, and output tokens a second. */
export type Timing = keyof typeof FIRST_BOUND

/** Requests by bucket. Histograms of many hours, models and keys can be added exactly, unlike percentiles. */
export type Histogram = Record<number, number>

/** The histograms of some requests; timings that were not measured are undefined. */
export type LatencyHistograms = Partial<Record<Timing, Histogram>>

const TIMINGS = Object.keys(FIRST_BOUND) as Timing[]

/** The histograms of one request. */
export function latencyOf(measured: Partial<Record<Timing, number>>): LatencyHistograms {
  const latency: LatencyHistograms = {}
  for (const timing of TIMINGS) {
    const value = measured[timing]
    if (value !== undefined) latency[timing] = { [bucketOf(value / FIRST_BOUND[timing])]: 1 }
  }
  return latency
}

/** Adds histograms in place. */
export function addLatency(sum: LatencyHistograms, added: LatencyHistograms): void {
  for (const timing of TIMINGS) {
    const from = added[timing]
    if (!from) continue
    sum[timing] ??= {}
    const into = sum[timing]
    for (const [bucket, requests] of Object.entries(from)) {
      into[Number(bucket)] = (into[Number(bucket)] ?? 0) + requests
    }
  }
}

/**
 * The value below which this share of the requests is, as the middle of its bucket.
 *
 * @param share from 0 to 1.
 * @returns undefined if nothing was measured.
 */
export function percentile(latency: LatencyHistograms, timing: Timing, share: number): number | undefined {
  const buckets = Object.entries(latency[timing] ?? {}).map(([bucket, requests]) => [
    Number(bucket),
    requests,
  ])
  const all = buckets.reduce((sum, [, requests = 0]) => sum + requests, 0)
  let seen = 0
  for (const [bucket = 0, requests = 0] of buckets.toSorted(([one = 0], [other = 0]) => one - other)) {
    seen += requests
    if (seen >= share * all) return Math.round(FIRST_BOUND[timing] * GROWTH ** (bucket - 0.5))
  }
  return undefined
}

function bucketOf(ratio: number): number {
  if (ratio <= 1) return 0
  return Math.min(Math.ceil(Math.log(ratio) / Math.log(GROWTH)), LAST_BUCKET)
}
