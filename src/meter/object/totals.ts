import { UTC } from '../../lib/calendar.ts'
import type { Migration } from '../../lib/migrations.ts'
import { addMeasures, MEASURES, type Measures, noMeasures } from '../measures.ts'
import type { DayReport, DayRow } from './day-report.ts'
import { GroupSums, type PackedSums } from './group-sums.ts'
import { type Position, readPage } from './key-order.ts'
import { OTHER_LABEL, USAGE_DAYS } from './usage-table.ts'

/** The dimensions of reports over all keys that need no calls to their meters. */
export const TOTAL_DIMENSIONS = ['key', 'day', 'model', 'endpoint', 'region'] as const
export type TotalDimension = (typeof TOTAL_DIMENSIONS)[number]

export interface TotalsAsked {
  from: string
  to: string
  by: readonly TotalDimension[]
  /** Where the previous page ended. */
  after?: Position
  /** The number of stored sums after which the page ends. */
  budget: number
}

/** Sums over all rows with the same values in the dimensions; money in nanos. */
export interface TotalsResult extends PackedSums<TotalDimension> {
  /** Where the next page begins; undefined if everything was read. */
  next?: Position
}

/** The counters of a key and model, which are never reset; money in nanos. */
export type KeyTotal = Measures & { key: string; model: string }

/** The maximum number of rows per day over all keys; callers choose model names, and there may be many keys. */
const MAX_ROWS_PER_DAY = 2000

/** The number of sums that are read before other calls of the object are served. */
const SUMS_PER_STEP = 2000

/** Model, endpoint and region, which precede the measures. */
const NAMES_OF_DAY_ROW = 3

/** Tables with a column for each measure. */
export const TOTAL_TABLES = ['day_totals', 'key_totals']

/**
 * Tables for the reports of meters: whole days of each key, daily sums over all keys, and counters that are never
 * reset.
 */
export const createTotals: Migration = (sql) => {
  sql.exec(
    `CREATE TABLE key_days (day TEXT NOT NULL, key TEXT NOT NULL, rows TEXT NOT NULL, PRIMARY KEY (day, key)) WITHOUT ROWID;
     CREATE TABLE day_totals (
       day TEXT NOT NULL, model TEXT NOT NULL, endpoint TEXT NOT NULL, region TEXT NOT NULL,
       PRIMARY KEY (day, model, endpoint, region)) WITHOUT ROWID;
     CREATE TABLE key_totals (key TEXT NOT NULL, model TEXT NOT NULL, PRIMARY KEY (key, model)) WITHOUT ROWID`,
  )
}

/**
 * Stores the report of a key: replaces earlier reports of the same days, and adds the difference to the sums.
 * Repeating a report has no effect.
 */
export function takeReport(sql: SqlStorage, key: string, days: readonly DayReport[]): void {
  for (const { day, rows } of days) {
    const [before] = sql.exec('SELECT rows FROM key_days WHERE day = ? AND key = ?', day, key).toArray()
    const old = before ? (JSON.parse(String(before.rows)) as DayRow[]) : []
    sql.exec('INSERT OR REPLACE INTO key_days VALUES (?, ?, ?)', day, key, JSON.stringify(rows))
    for (const [name, added] of differences(old, rows)) {
      const [model = '', endpoint = '', region = ''] = JSON.parse(name) as string[]
      add(sql, 'day_totals', { day, model, endpoint, region }, added)
      add(sql, 'key_totals', { key, model }, added)
    }
  }
}

/** The sums over all keys, in steps and bounded like `sumUsage`. */
export async function sumTotals(
  sql: SqlStorage,
  asked: TotalsAsked,
  rest: () => Promise<void>,
): Promise<TotalsResult> {
  const sums = new GroupSums(asked.by)
  const readStep = asked.by.includes('key') ? readKeyDays : readDayTotals
  let { after } = asked
  let read = 0
  do {
    after = readStep(sql, asked, after, sums)
    read += SUMS_PER_STEP
    await rest()
    if (!sums.isCrowded) continue
    sums.fold()
    await rest()
  } while (after && read < asked.budget)
  return { ...sums.packed(), ...(after && { next: after }) }
}

/** Counters that are never reset, by key and model. */
export function readKeyTotals(sql: SqlStorage): KeyTotal[] {
  return sql.exec('SELECT * FROM key_totals').toArray() as unknown as KeyTotal[]
}

/** Deletes days that are no longer reported. */
export function pruneTotals(sql: SqlStorage, nowMs: number): void {
  for (const table of ['key_days', 'day_totals']) {
    sql.exec(`DELETE FROM ${table} WHERE day < ?`, UTC.daysBefore(nowMs, USAGE_DAYS))
  }
}

type ReadStep = (
  sql: SqlStorage,
  asked: TotalsAsked,
  after: Position | undefined,
  sums: GroupSums<TotalDimension>,
) => Position | undefined

/** The primary key of the table that a report reads; a position has one value per column. */
export function totalsKey(by: readonly string[]): readonly string[] {
  return by.includes('key') ? ['day', 'key'] : ['day', 'model', 'endpoint', 'region']
}

const readDayTotals: ReadStep = (sql, { from, to, by }, after, sums) => {
  const key = totalsKey(by)
  const places = by.map((dimension) => key.indexOf(dimension))
  return readPage(
    sql,
    { table: 'day_totals', key, columns: MEASURES, from, to },
    after,
    SUMS_PER_STEP,
    (row) => {
      sums.add(
        places.map((place) => String(row[place])),
        row,
        key.length,
      )
      return false
    },
  )
}

const readKeyDays: ReadStep = (sql, { from, to, by }, after, sums) => {
  let read = 0
  const span = { table: 'key_days', key: totalsKey(by), columns: ['rows'], from, to }
  return readPage(sql, span, after, SUMS_PER_STEP, ([day, key, rows]) => {
    const sumsOfDay = JSON.parse(String(rows)) as DayRow[]
    for (const row of sumsOfDay) {
      const [model, endpoint, region] = row
      const names = { key: String(key), day: String(day), model, endpoint, region }
      const group = by.map((dimension) => names[dimension])
      sums.add(group, row, NAMES_OF_DAY_ROW)
    }
    read += sumsOfDay.length
    return read >= SUMS_PER_STEP
  })
}

function differences(old: readonly DayRow[], rows: readonly DayRow[]): Map<string, Measures> {
  const sums = new Map<string, Measures>()
  for (const [sign, list] of [
    [-1, old],
    [1, rows],
  ] as const) {
    for (const [model, endpoint, region, ...measures] of list) {
      const name = JSON.stringify([model, endpoint, region])
      const sum = sums.get(name) ?? noMeasures()
      sums.set(name, sum)
      addMeasures(sum, measuresFrom(measures.map((measure) => sign * measure)))
    }
  }
  return new Map([...sums].filter(([, sum]) => MEASURES.some((measure) => sum[measure] !== 0)))
}

/** A meter of an older version reports fewer measures; the others are 0. */
function measuresFrom(values: readonly number[]): Measures {
  return Object.fromEntries(MEASURES.map((measure, index) => [measure, values[index] ?? 0])) as Measures
}

function add(sql: SqlStorage, table: string, names: Record<string, string>, added: Measures): void {
  const columns = Object.keys(names)
  const values = MEASURES.map((measure) => added[measure])
  const set = MEASURES.map((measure) => `"${measure}" = "${measure}" + ?`).join(', ')
  const where = columns.map((column) => `${column} = ?`).join(' AND ')
  const update = (row: string[]) => sql.exec(`UPDATE ${table} SET ${set} WHERE ${where}`, ...values, ...row)
  if (update(Object.values(names)).rowsWritten > 0) return
  const [first = ''] = Object.values(names)
  const count = sql.exec(`SELECT count(*) AS rows FROM ${table} WHERE ${columns[0]} = ?`, first).toArray()[0]
  const isFull = Number(count?.rows) >= MAX_ROWS_PER_DAY
  const kept = isFull ? columns.map((_, index) => (index === 0 ? first : OTHER_LABEL)) : Object.values(names)
  if (isFull && update(kept).rowsWritten > 0) return
  const all = [...columns, ...MEASURES].map((column) => `"${column}"`).join(', ')
  const places = [...columns, ...MEASURES].map(() => '?').join(', ')
  sql.exec(`INSERT INTO ${table} (${all}) VALUES (${places})`, ...kept, ...values)
}
