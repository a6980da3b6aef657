import { shiftDay } from '../../lib/calendar.ts'
import { addLatency, type LatencyHistograms } from '../latency.ts'
import { addMeasures, MEASURES, type Measures, noMeasures } from '../measures.ts'
import type { UsageNames } from '../usage-sum.ts'
import { OTHER_LABEL, USAGE_TABLES, type UsageTable } from './usage-table.ts'

/** Rows that a step reads at most, which takes some 30 ms; then other requests of the object have their turn. */
const ROWS_A_STEP = 2000

/** Rows of a report; the smallest ones are folded into one. */
export const MAX_REPORT_ROWS = 10_000

/** The dimensions of the rows of one key. */
export const OWN_DIMENSIONS = ['day', 'hour', 'model', 'user', 'endpoint', 'region'] as const
export type OwnDimension = (typeof OWN_DIMENSIONS)[number]

export interface UsageAsked {
  /** Days, or hours where `by` names them; both included. */
  from: string
  to: string
  by: readonly OwnDimension[]
  /** Most rows of the answer; absent: MAX_REPORT_ROWS. */
  limit?: number
}

/** Sums over all rows that agree in the dimensions which are there. */
export type UsageRow = Measures & Partial<Record<OwnDimension, string>> & { latency?: LatencyHistograms }

/**
 * The sums of a key's usage, in steps: between them the object serves other requests, so that a report over years of rows
 * holds up no reservation.
 *
 * @param daysFrom the first day that is in `usage_days`; older days know neither endpoint nor region.
 * @param rest yields to other requests of the object.
 * @returns rows by the dimensions that were asked for; at most MAX_REPORT_ROWS, largest first, and one that holds the rest.
 */
export async function sumUsage(
  sql: SqlStorage,
  asked: UsageAsked,
  daysFrom: string,
  rest: () => Promise<void>,
): Promise<UsageRow[]> {
  const sums = new Map<string, UsageRow>()
  for (const { table, from, to } of partsOf(asked, daysFrom)) {
    let read = 0
    for (const time of timesOf(sql, table, from, to)) {
      for (let after: Names | undefined = []; after; ) {
        const last = lastOfPage(sql, table, time, after)
        read += addPage(sql, { table, time, after, last }, asked.by, sums)
        after = last
        if (read < ROWS_A_STEP && sums.size <= 2 * MAX_REPORT_ROWS) continue
        await rest()
        read = 0
        if (sums.size <= 2 * MAX_REPORT_ROWS) continue
        fold(sums, asked.by)
        await rest()
      }
    }
  }
  fold(sums, asked.by, asked.limit)
  return [...sums.values()]
}

/** Which tables hold what is asked for, and from when to when. */
function partsOf(
  { from, to, by }: UsageAsked,
  daysFrom: string,
): { table: UsageTable; from: string; to: string }[] {
  if (by.includes('hour')) return [{ table: 'usage_hours', from, to }]
  if (by.includes('user')) return [{ table: 'usage', from, to }]
  if (from >= daysFrom) return [{ table: 'usage_days', from, to }]
  return [
    { table: 'usage' as const, from, to: to < daysFrom ? to : shiftDay(daysFrom, -1) },
    { table: 'usage_days' as const, from: daysFrom, to },
  ].filter((part) => part.from <= part.to)
}

function timesOf(sql: SqlStorage, table: UsageTable, from: string, to: string): string[] {
  const [time] = USAGE_TABLES[table]
  const times: string[] = []
  // One lookup in the primary key for each time, instead of a walk over all rows.
  for (let at = from; ; ) {
    const [row] = sql.exec(`SELECT min(${time}) AS time FROM ${table} WHERE ${time} >= ?`, at).toArray()
    if (!row || row.time === null || String(row.time) > to) return times
    times.push(String(row.time))
    at = `${row.time}\u0000`
  }
}

/** What tells the rows of a time apart, in the order of the primary key; none before the first row. */
type Names = readonly string[]

/** Rows of one time: those after some names, up to the last one; `undefined`: to the end. */
interface Page {
  table: UsageTable
  time: string
  after: Names
  last: Names | undefined
}

/** The names of the last row of a page; undefined if the rest of the time is no more than a page. */
function lastOfPage(sql: SqlStorage, table: UsageTable, time: string, after: Names): Names | undefined {
  const [column, ...names] = USAGE_TABLES[table]
  const where = after.length > 0 ? `WHERE ${compared(names, '>')} AND ${column} = ?` : `WHERE ${column} = ?`
  const statement = `SELECT ${names.join(', ')} FROM ${table} ${where} ORDER BY ${names.join(', ')} LIMIT 1 OFFSET ${ROWS_A_STEP}`
  const [row] = sql.exec(statement, ...after, time).toArray()
  return row && names.map((name) => String(row[name]))
}

function addPage(
  sql: SqlStorage,
  { table, time, after, last }: Page,
  by: readonly OwnDimension[],
  sums: Map<string, UsageRow>,
): number {
  const [column, ...names] = USAGE_TABLES[table]
  const columns: readonly (keyof UsageNames)[] = USAGE_TABLES[table]
  const stored = by.filter((dimension) => columns.includes(dimension))
  const measures = MEASURES.map((measure) => `sum("${measure}") AS "${measure}"`)
  const group = stored.length > 0 ? `GROUP BY ${stored.join(', ')}` : ''
  const bounds = [
    ...(after.length > 0 ? [compared(names, '>')] : []),
    ...(last ? [compared(names, '<=')] : []),
    `${column} = ?`,
  ]
  const statement = `SELECT ${[...stored, ...measures].join(', ')} FROM ${table} WHERE ${bounds.join(' AND ')} ${group}`
  const cursor = sql.exec(statement, ...after, ...(last ?? []), time)
  for (const row of cursor.toArray()) {
    const namesOfRow = by.map((dimension) => {
      if (stored.includes(dimension)) return String(row[dimension])
      return dimension === 'day' ? time.slice(0, 10) : ''
    })
    addMeasures(rowFor(sums, by, namesOfRow), row as unknown as Measures)
  }
  return cursor.rowsRead ?? 1
}

/** A condition on the rest of the primary key, which an index answers. */
function compared(names: readonly string[], operator: '>' | '<='): string {
  return `(${names.join(', ')}) ${operator} (${names.map(() => '?').join(', ')})`
}

function rowFor(
  sums: Map<string, UsageRow>,
  by: readonly OwnDimension[],
  names: readonly string[],
): UsageRow {
  const id = JSON.stringify(names)
  const known = sums.get(id)
  if (known) return known
  const row: UsageRow = {
    ...Object.fromEntries(by.map((dimension, index) => [dimension, names[index]])),
    ...noMeasures(),
  }
  sums.set(id, row)
  return row
}

/** Keeps the largest rows and adds up the others in one. */
export function fold<Row extends Measures>(
  sums: Map<string, Row>,
  by: readonly string[],
  limit = MAX_REPORT_ROWS,
): void {
  if (sums.size <= limit) return
  // Sorting numbers takes a tenth of the time of sorting rows, and no other call is served meanwhile.
  const sizes = Float64Array.from(sums.values(), sizeOf).sort()
  const least = sizes[sizes.length - limit + 1] ?? Infinity
  let free = limit - 1 - sizes.reduce((larger, size) => larger + Number(size > least), 0)
  const folded = [...sums].filter(([, row]) => {
    const size = sizeOf(row)
    return size < least || (size === least && --free < 0)
  })
  for (const [id] of folded) sums.delete(id)
  const names = by.map(() => OTHER_LABEL)
  const id = JSON.stringify(names)
  const rest =
    sums.get(id) ?? ({ ...Object.fromEntries(by.map((name) => [name, OTHER_LABEL])), ...noMeasures() } as Row)
  sums.set(id, rest)
  for (const [, row] of folded) addMeasures(rest, row)
}

function sizeOf({ money, input_tokens, output_tokens, requests }: Measures): number {
  return money + input_tokens + output_tokens + requests
}

/** The histograms of requests that agree in their names. */
export interface LatencySum {
  names: string[]
  requests: number
  latency: LatencyHistograms
}

/** The histograms of hours, by some dimensions; both included. */
export function sumLatency(
  sql: SqlStorage,
  from: string,
  to: string,
  by: readonly OwnDimension[],
): LatencySum[] {
  const sums = new Map<string, LatencySum>()
  const rows = sql.exec(
    'SELECT hour, model, requests, latency FROM usage_hours WHERE hour BETWEEN ? AND ?',
    from,
    to,
  )
  for (const row of rows) {
    const names = by.map((dimension) =>
      dimension === 'day' ? String(row.hour).slice(0, 10) : String(row[dimension] ?? ''),
    )
    const id = JSON.stringify(names)
    const sum = sums.get(id) ?? { names, requests: 0, latency: {} }
    sums.set(id, sum)
    sum.requests += Number(row.requests)
    addLatency(sum.latency, JSON.parse(String(row.latency)) as LatencyHistograms)
  }
  return [...sums.values()]
}
