import { readConfig } from '../config.ts'
import { addLatency, type LatencyHistograms, percentile, type Timing } from '../meter/latency-histograms.ts'
import { USAGE_HOUR_DAYS } from '../meter/object/usage-table.ts'
import type { EdgeContext } from '../proxy/exchange.ts'
import { readAskedReport } from './asked-report.ts'
import { askMeters, gaps, keysAsked } from './report-keys.ts'

const REPORT = {
  dimensions: ['hour', 'day', 'model', 'key'],
  usual: 'day',
  days: USAGE_HOUR_DAYS,
} as const

const DIMENSIONS_OF_HOURS = ['hour', 'model'] as const

/** The percentiles in a report. */
const SHARES = { p50: 0.5, p90: 0.9, p99: 0.99 }

/** `GET /latency`: how long complete responses took, to the first byte and in total. */
export async function getLatency(c: EdgeContext): Promise<Response> {
  const { from, to, by, keys } = await readAskedReport(c, REPORT)
  const { calendar } = readConfig(c.env)
  const hours = calendar.hoursOf(from, to)
  // Meters keep hours of UTC, which are added up to days here.
  const own = DIMENSIONS_OF_HOURS.filter(
    (each) => by.includes(each) || (each === 'hour' && by.includes('day')),
  )
  const asked = keysAsked(keys)
  const { results, failed } = await askMeters(c.env, asked, (meter) =>
    meter.latency(hours.from, hours.to, own),
  )
  const sums = new Map<string, Sum & { names: Record<string, string> }>()
  const total: Sum = { requests: 0, latency: {} }
  for (const [{ id }, rows] of results) {
    for (const row of rows) {
      const named = Object.fromEntries(own.map((dimension, index) => [dimension, row.names[index] ?? '']))
      const day = named.hour === undefined ? '' : calendar.dayOfHour(named.hour)
      const all: Record<string, string> = { ...named, day, key: id }
      const names = Object.fromEntries(by.map((dimension) => [dimension, all[dimension] ?? '']))
      const name = JSON.stringify(names)
      const sum = sums.get(name) ?? { names, requests: 0, latency: {} }
      sums.set(name, sum)
      for (const each of [sum, total]) {
        each.requests += row.requests
        addLatency(each.latency, row.latency)
      }
    }
  }
  const rows = [...sums]
    .toSorted(([one], [other]) => (one < other ? -1 : 1))
    .map(([, { names, ...sum }]) => ({ ...names, ...shown(sum) }))
  return c.json({ from, to, group_by: by, rows, total: shown(total), ...gaps({ failed }, keys) })
}

/** The number of measured requests, and their histograms. */
interface Sum {
  requests: number
  latency: LatencyHistograms
}

function shown({ requests, latency }: Sum): Record<string, unknown> {
  return {
    requests,
    first_ms: percentiles(latency, 'first'),
    total_ms: percentiles(latency, 'total'),
    tokens_per_second: { p50: percentile(latency, 'speed', SHARES.p50) },
  }
}

function percentiles(latency: LatencyHistograms, timing: Timing): Record<string, number | undefined> {
  return Object.fromEntries(
    Object.entries(SHARES).map(([name, share]) => [name, percentile(latency, timing, share)]),
  )
}
