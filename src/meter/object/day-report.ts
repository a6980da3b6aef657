import { MEASURES } from '../measures.ts'
import type { ErrorCount } from './error-totals.ts'
import { countErrors } from './errors-table.ts'

/**
 * The usage of one key on one day, as its meter reports it to the registry: always the whole day, so that repeating a
 * report has no effect.
 */
export interface DayReport {
  day: string
  rows: DayRow[]
  /** Undefined in reports of older versions. */
  errors?: ErrorCount[]
}

/** Model, endpoint and region, followed by the measures in order. */
export type DayRow = [model: string, endpoint: string, region: string, ...measures: number[]]

/** Marks a day as having unreported usage. */
export function noteUnreported(sql: SqlStorage, day: string): void {
  sql.exec('INSERT OR IGNORE INTO unreported VALUES (?)', day)
}

/** The days with unreported usage. */
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

/** Clears the marks of all days with unreported usage. */
export function clearUnreported(sql: SqlStorage): void {
  sql.exec('DELETE FROM unreported')
}
