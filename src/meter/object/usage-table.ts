import { daysBefore } from '../../lib/calendar.ts'
import { MEASURES, type Measures } from '../measures.ts'
import type { UsageSum } from '../usage-sum.ts'

/** Thirteen months: a bill can be compared with that of a year ago. */
export const USAGE_DAYS = 400

/** Rows a day in a key's usage: callers name models and users, and must not fill the table with invented ones. */
export const MAX_USAGE_ROWS_PER_DAY = 10_000

/** What a key's own rows can be told apart by. */
export const OWN_DIMENSIONS = ['day', 'model', 'user'] as const
export type OwnDimension = (typeof OWN_DIMENSIONS)[number]

/** Sums over all rows that agree in the dimensions which are there. */
export type UsageRow = Measures & Partial<Record<OwnDimension, string>>

/** Where the names of models or users run over, they are counted together under this one. */
export const OTHER = '(other)'

const UPDATE = `UPDATE usage SET ${MEASURES.map((measure) => `"${measure}" = "${measure}" + ?`).join(', ')}
  WHERE day = ? AND model = ? AND user = ?`

const INSERT = `INSERT INTO usage (${[...MEASURES, ...OWN_DIMENSIONS].map((name) => `"${name}"`).join(', ')})
  VALUES (${[...MEASURES, ...OWN_DIMENSIONS].map(() => '?').join(', ')})`

/** Adds usage to its day, model and end user. */
export function recordUsage(sql: SqlStorage, { day, model, user, measures }: UsageSum): void {
  const values = MEASURES.map((measure) => measures[measure])
  if (exists(sql, UPDATE, [...values, day, model, user])) return
  const [known] = sql.exec('SELECT count(*) AS rows FROM usage WHERE day = ?', day).toArray()
  if (Number(known?.rows) < MAX_USAGE_ROWS_PER_DAY) sql.exec(INSERT, ...values, day, model, user)
  else if (!exists(sql, UPDATE, [...values, day, OTHER, OTHER]))
    sql.exec(INSERT, ...values, day, OTHER, OTHER)
}

/**
 * The sums of a key's usage between two UTC days, both included.
 *
 * @param by what the rows are told apart by; nothing gives one row, or none where nothing was used.
 */
export function readUsage(
  sql: SqlStorage,
  from: string,
  to: string,
  by: readonly OwnDimension[],
): UsageRow[] {
  // Only names from the lists above are written into the statement, whatever the caller sends.
  const dimensions = OWN_DIMENSIONS.filter((dimension) => by.includes(dimension))
  const sums = MEASURES.map((measure) => `sum("${measure}") AS "${measure}"`)
  const group = dimensions.length > 0 ? `GROUP BY ${dimensions.join(', ')}` : 'HAVING count(*) > 0'
  const statement = `SELECT ${[...dimensions, ...sums].join(', ')} FROM usage WHERE day BETWEEN ? AND ? ${group}`
  return sql.exec(statement, from, to).toArray() as unknown as UsageRow[]
}

/** Deletes the days that are reported no more. */
export function pruneUsage(sql: SqlStorage, nowMs: number): void {
  sql.exec('DELETE FROM usage WHERE day < ?', daysBefore(nowMs, USAGE_DAYS))
}

function exists(sql: SqlStorage, update: string, bindings: (string | number)[]): boolean {
  return sql.exec(update, ...bindings).rowsWritten > 0
}
