import { shiftDay } from '../../lib/calendar.ts'
import { MEASURES } from '../measures.ts'
import { GroupSums, type PackedSums } from './group-sums.ts'
import { type Position, sumPage } from './key-order.ts'
import { USAGE_TABLES, type UsageTable } from './usage-table.ts'

/**
 * The number of rows per step, which takes about 20 ms; then other requests of the object are served. Rows that are
 * not summed in SQLite take longer.
 */
const ROWS_PER_STEP = 4000
export const SINGLE_ROWS_PER_STEP = 1000

/** The dimensions of the rows of one key. */
export const OWN_DIMENSIONS = ['day', 'hour', 'model', 'user', 'endpoint', 'region'] as const
export type OwnDimension = (typeof OWN_DIMENSIONS)[number]

export interface UsageAsked {
  /** Days, or hours if `by` contains `hour`; both included. */
  from: string
  to: string
  /** Not the day with the hour, which begins on a day of the billing time zone. */
  by: readonly OwnDimension[]
  /** The number of stored rows after which the page ends, at the end of their day or hour. */
  budget: number
  /** The maximum number of rows; undefined: MAX_REPORT_ROWS. */
  limit?: number
}

/** Sums over all rows with the same values in the dimensions. */
export interface UsageResult extends PackedSums<OwnDimension> {
  /** The first day or hour that was not read; undefined if all were. */
  next?: string
}

/**
 * The sums of a key's usage, in steps: between them the object serves other requests, so that a report over many rows
 * does not delay reservations.
 *
 * @param daysFrom the first day in `usage_days`; older days have neither endpoint nor region.
 * @param yieldToOthers yields to other requests of the object.
 * @returns at most MAX_REPORT_ROWS sums, one of which contains the smallest ones.
 */
export async function sumUsage(
  sql: SqlStorage,
  { from, to, by, budget, limit }: UsageAsked,
  daysFrom: string,
  yieldToOthers: () => Promise<void>,
): Promise<UsageResult> {
  const sums = new GroupSums(by)
  let read = 0
  for (const part of partsOf({ from, to, by }, daysFrom)) {
    const key: readonly string[] = USAGE_TABLES[part.table]
    const groups = by.map((dimension) => expressionOf(dimension, key))
    const take = (row: SqlStorageValue[]) => sums.add(row.slice(0, by.length).map(String), row, by.length)
    const isSingle = key.every((name, index) => index === 0 || groups.includes(name))
    const step = isSingle ? SINGLE_ROWS_PER_STEP : ROWS_PER_STEP
    let end = part.to
    let after: Position | undefined
    do {
      const span = { ...part, key, columns: MEASURES, to: end }
      after = sumPage(sql, span, groups, after, step, take)
      read += step
      if (after && read >= budget) end = after[0] ?? end
      await yieldToOthers()
      if (!sums.isCrowded) continue
      sums.fold()
      await yieldToOthers()
    } while (after)
    const next = end < part.to && nextTime(sql, part, end)
    if (next) return { ...sums.packed(limit), next }
  }
  return sums.packed(limit)
}

/** The first time after a given one that has rows; empty if there is none. */
function nextTime(sql: SqlStorage, { table, to }: UsagePart, after: string): string {
  const [time] = USAGE_TABLES[table]
  const [row] = sql
    .exec(`SELECT min(${time}) AS time FROM ${table} WHERE ${time} > ? AND ${time} <= ?`, after, to)
    .toArray()
  return String(row?.time ?? '')
}

/** The SQL expression of a dimension, which a table may lack. */
function expressionOf(dimension: OwnDimension, key: readonly string[]): string {
  return key.includes(dimension) ? dimension : `''`
}

interface UsagePart {
  table: UsageTable
  from: string
  to: string
}

/** The tables with the requested data, and the range to read from each. */
function partsOf({ from, to, by }: Pick<UsageAsked, 'from' | 'to' | 'by'>, daysFrom: string): UsagePart[] {
  if (by.includes('hour')) return [{ table: 'usage_hours', from, to }]
  if (by.includes('user')) return [{ table: 'usage', from, to }]
  if (from >= daysFrom) return [{ table: 'usage_days', from, to }]
  return [
    { table: 'usage' as const, from, to: to < daysFrom ? to : shiftDay(daysFrom, -1) },
    { table: 'usage_days' as const, from: daysFrom, to },
  ].filter((part) => part.from <= part.to)
}
