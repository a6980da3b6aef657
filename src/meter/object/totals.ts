import { UTC } from '../../lib/calendar.ts'
import type { Migration } from '../../lib/migrations.ts'
import { addMeasures, MEASURES, type Measures, noMeasures } from '../measures.ts'
import type { DayReport, DayRow } from './day-report.ts'
import { fold, MAX_REPORT_ROWS } from './usage-steps.ts'
import { OTHER_LABEL, USAGE_DAYS } from './usage-table.ts'

/** The dimensions of the usage of all keys that need no request to their meters. */
export const TOTAL_DIMENSIONS = ['key', 'day', 'model', 'endpoint', 'region'] as const
export type TotalDimension = (typeof TOTAL_DIMENSIONS)[number]

export interface TotalsAsked {
  from: string
  to: string
  by: readonly TotalDimension[]
}

/** Sums over all rows that agree in the dimensions which are there; money in nanos. */
export type TotalRow = Measures & Partial<Record<TotalDimension, string>>

/** Rows of a day over all keys; keys name models, and there may be many keys. */
const MAX_ROWS_PER_DAY = 2000

/** Days of keys that are fetched at once, and sums in them that are read before other calls of the object have their turn. */
const KEY_DAYS_A_PAGE = 500
const SUMS_A_STEP = 2000

/** Tables with a column for each measure. */
export const TOTAL_TABLES = ['day_totals', 'key_totals']

/** What the meters report: whole days of each key, the sums of days over all keys, and sums that are never reset. */
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
 * Takes the report of a key: puts the days in place of what was reported of them before, and adds the difference to the
 * sums. The same report twice changes nothing.
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

/** The sums over all keys, in steps and bounded as `sumUsage` has them: at most MAX_REPORT_ROWS, largest first. */
export async function sumTotals(
  sql: SqlStorage,
  asked: TotalsAsked,
  rest: () => Promise<void>,
): Promise<TotalRow[]> {
  return asked.by.includes('key') ? sumKeyDays(sql, asked, rest) : sumDayTotals(sql, asked)
}

/** Sums that are never reset, by key and model. */
export function readKeyTotals(sql: SqlStorage): TotalRow[] {
  return sql.exec('SELECT * FROM key_totals').toArray() as unknown as TotalRow[]
}

/** Deletes days that are no longer reported. */
export function pruneTotals(sql: SqlStorage, nowMs: number): void {
  for (const table of ['key_days', 'day_totals']) {
    sql.exec(`DELETE FROM ${table} WHERE day < ?`, UTC.daysBefore(nowMs, USAGE_DAYS))
  }
}

function sumDayTotals(sql: SqlStorage, { from, to, by }: TotalsAsked): TotalRow[] {
  const names = TOTAL_DIMENSIONS.filter((dimension) => dimension !== 'key' && by.includes(dimension))
  const columns = MEASURES.map((measure) => `sum("${measure}") AS "${measure}"`)
  const group = names.length > 0 ? `GROUP BY ${names.join(', ')}` : 'HAVING count(*) > 0'
  const statement = `SELECT ${[...names, ...columns].join(', ')} FROM day_totals WHERE day BETWEEN ? AND ? ${group}`
  const sums = new Map<string, TotalRow>()
  for (const row of sql.exec(statement, from, to)) {
    sums.set(JSON.stringify(names.map((name) => row[name])), row as unknown as TotalRow)
    if (sums.size > 2 * MAX_REPORT_ROWS) fold(sums, names)
  }
  fold(sums, names)
  return [...sums.values()]
}

async function sumKeyDays(
  sql: SqlStorage,
  { from, to, by }: TotalsAsked,
  rest: () => Promise<void>,
): Promise<TotalRow[]> {
  const sums = new Map<string, TotalRow>()
  let [day, key] = [from, '']
  let read = 0
  for (;;) {
    const rows = sql
      .exec(
        'SELECT * FROM key_days WHERE (day, key) > (?, ?) AND day <= ? ORDER BY day, key LIMIT ?',
        day,
        key,
        to,
        KEY_DAYS_A_PAGE,
      )
      .toArray()
    for (const row of rows) {
      ;[day, key] = [String(row.day), String(row.key)]
      const days = JSON.parse(String(row.rows)) as DayRow[]
      for (const [model, endpoint, region, ...measures] of days) {
        const names = { key, day, model, endpoint, region }
        const id = JSON.stringify(by.map((dimension) => names[dimension]))
        const sum = sums.get(id) ?? { ...picked(names, by), ...noMeasures() }
        sums.set(id, sum)
        addMeasures(sum, measuresFrom(measures))
        if (sums.size > 2 * MAX_REPORT_ROWS) fold(sums, by)
      }
      read += days.length
      if (read < SUMS_A_STEP) continue
      read = 0
      await rest()
    }
    if (rows.length < KEY_DAYS_A_PAGE) break
  }
  fold(sums, by)
  return [...sums.values()]
}

function picked(
  names: Record<TotalDimension, string>,
  by: readonly TotalDimension[],
): Partial<Record<TotalDimension, string>> {
  return Object.fromEntries(by.map((dimension) => [dimension, names[dimension]]))
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
