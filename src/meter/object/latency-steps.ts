import { addLatency, type LatencyHistograms } from '../latency-histograms.ts'
import { type Position, readPage } from './key-order.ts'
import { type OwnDimension, SINGLE_ROWS_PER_STEP } from './usage-steps.ts'
import { USAGE_TABLES } from './usage-table.ts'

/** The dimensions of hours. */
export type HourDimension = Exclude<OwnDimension, 'day' | 'user'>

/** The histograms of requests with the same names. */
export interface LatencySum {
  names: string[]
  requests: number
  latency: LatencyHistograms
}

/** The latency histograms of hours by some dimensions, read in steps like `sumUsage`; both hours included. */
export async function sumLatency(
  sql: SqlStorage,
  from: string,
  to: string,
  by: readonly HourDimension[],
  rest: () => Promise<void>,
): Promise<LatencySum[]> {
  const sums = new Map<string, LatencySum>()
  const span = {
    table: 'usage_hours',
    key: USAGE_TABLES.usage_hours,
    columns: ['requests', 'latency'],
    from,
    to,
  }
  const take = ([hour, model, endpoint, region, requests, latency]: SqlStorageValue[]) => {
    const row = { hour, model, endpoint, region }
    const names = by.map((dimension) => String(row[dimension]))
    const id = JSON.stringify(names)
    const sum = sums.get(id) ?? { names, requests: 0, latency: {} }
    sums.set(id, sum)
    sum.requests += Number(requests)
    addLatency(sum.latency, JSON.parse(String(latency)) as LatencyHistograms)
    return false
  }
  let after: Position | undefined
  do {
    after = readPage(sql, span, after, SINGLE_ROWS_PER_STEP, take)
    await rest()
  } while (after)
  return [...sums.values()]
}
