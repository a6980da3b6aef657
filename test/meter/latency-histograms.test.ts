import { describe, expect, it } from 'vitest'
import {
  addLatency,
  type LatencyHistograms,
  latencyOf,
  percentile,
} from '../../src/meter/latency-histograms.ts'

function of(...milliseconds: number[]): LatencyHistograms {
  const sum: LatencyHistograms = {}
  for (const total of milliseconds) addLatency(sum, latencyOf({ total }))
  return sum
}

describe('a histogram of latencies', () => {
  it('Percentiles are wrong by 15 % at most.', () => {
    const values = Array.from({ length: 1000 }, (_, index) => 20 + index * 7)
    for (const share of [0.1, 0.5, 0.9, 0.99]) {
      const exact = values[Math.ceil(share * values.length) - 1] ?? 0
      const shown = percentile(of(...values), 'total', share) ?? 0
      expect(Math.abs(shown - exact) / exact).toBeLessThanOrEqual(0.15)
    }
  })

  it('Histograms add up exactly, in any order.', () => {
    const [one, other] = [of(10, 100, 1000), of(100, 5000)]
    const sum: LatencyHistograms = {}
    addLatency(sum, other)
    addLatency(sum, one)
    expect(sum).toEqual(of(10, 100, 1000, 100, 5000))
  })

  it('There is no percentile of nothing, and one for extreme values.', () => {
    expect(percentile({}, 'first', 0.5)).toBeUndefined()
    expect(percentile(of(0), 'total', 0.5)).toBeGreaterThan(0)
    expect(percentile(of(1e9), 'total', 0.5)).toBeGreaterThan(200_000)
  })
})
