import { MEASURES } from '../measures.ts'
import type { ErrorCount } from './error-totals.ts'
import { countErrors } from './errors-table.ts'

/** The usage of one key on one day, as its meter reports it to the registry: all of it each time, so that a repetition changes nothing. */
export interface DayReport {
  day: string
  rows: DayRow[]
  /** A meter of an older version reports none. */
  errors?: ErrorCount[]
}

/** Model, endpoint and region, then the measures in their order. */
export type DayRow = [model: string, endpoint: string, region: string, ...measures: number[]]

/** Notes that a day has usage which was not reported yet. */
export function noteUnreported(sql: SqlStorage, day: string): void {
  sql.exec('INSERT OR IGNORE INTO unreported VALUES (?)', day)
}

/** The days that have usage which was not reported yet. */
export function readUnreported(sql: SqlStorage): DayReport[] {
  const columns = ['model', 'endpoint', 'region', ...MEASURES].map((column) => `"${column}"`).join(', ')
  return sql
    .exec('SELECT day FROM unreported')
    .toArray()
    .map(({ day }) => {
      const rows = sql.exec(`SELECT ${columns} FROM usage_days WHERE day = ?`, day).toArray()
      return {
        day: String(day),
        rows: rows.map((row) => Object.values(row) as unknown as DayRow),
        errors: countErrors(sql, String(day)),
      }
    })
}

/** Forgets that days have usage which was not reported yet. */
export function clearUnreported(sql: SqlStorage): void {
  sql.exec('DELETE FROM unreported')
}
