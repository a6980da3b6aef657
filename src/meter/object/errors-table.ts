import type { UsageSum } from '../usage-sum.ts'
import type { ErrorCount } from './error-totals.ts'
import { OTHER_LABEL } from './usage-table.ts'

/** The maximum number of rows per day; DashScope has some hundred codes, and callers may provoke others. */
const MAX_ERRORS_PER_DAY = 200

/** How often requests ended with an error. */
export interface ErrorRow {
  day: string
  model: string
  status: number
  code: string
  reason: string
  requests: number
}

/** Counts the errors that requests ended with. */
export function recordErrors(sql: SqlStorage, sums: readonly UsageSum[]): void {
  for (const { day, model, measures, error } of sums) {
    if (!error) continue
    const { status, code, reason } = error
    const requests = Math.max(1, measures.requests)
    if (add(sql, requests, [day, model, status, code, reason])) continue
    const [known] = sql.exec('SELECT count(*) AS rows FROM errors WHERE day = ?', day).toArray()
    const isFull = Number(known?.rows) >= MAX_ERRORS_PER_DAY
    const names = isFull ? [day, OTHER_LABEL, status, OTHER_LABEL, ''] : [day, model, status, code, reason]
    if (isFull && add(sql, requests, names)) continue
    sql.exec('INSERT INTO errors VALUES (?, ?, ?, ?, ?, ?)', ...names, requests)
  }
}

/** The errors between two days, both included. */
export function readErrors(sql: SqlStorage, from: string, to: string): ErrorRow[] {
  const rows = sql.exec('SELECT * FROM errors WHERE day BETWEEN ? AND ?', from, to)
  return rows.toArray() as unknown as ErrorRow[]
}

/** The errors of a day by model and code. */
export function countErrors(sql: SqlStorage, day: string): ErrorCount[] {
  const select =
    'SELECT model, code, sum(requests) AS requests FROM errors WHERE day = ? GROUP BY model, code'
  return sql
    .exec(select, day)
    .toArray()
    .map(({ model, code, requests }) => [String(model), String(code), Number(requests)])
}

function add(sql: SqlStorage, requests: number, names: (string | number)[]): boolean {
  return (
    sql.exec(
      `UPDATE errors SET requests = requests + ?
       WHERE day = ? AND model = ? AND status = ? AND code = ? AND reason = ?`,
      requests,
      ...names,
    ).rowsWritten > 0
  )
}
