import { UTC } from '../../lib/calendar.ts'
import type { Migration } from '../../lib/migrations.ts'
import { OTHER_LABEL, USAGE_DAYS } from './usage-table.ts'

/** How often requests of a model ended with a code on one day. */
export type ErrorCount = [model: string, code: string, requests: number]

/** The counter of a key, model and code, which is never reset. */
export interface ErrorTotal {
  key: string
  model: string
  code: string
  requests: number
}

/** The maximum number of counters per key; callers choose models, and may provoke new codes. */
const MAX_TOTALS_PER_KEY = 200

/** Tables for the reported errors of each day and key, and for counters that are never reset. */
export const createErrorTotals: Migration = (sql) => {
  sql.exec(
    `CREATE TABLE error_days (day TEXT NOT NULL, key TEXT NOT NULL, errors TEXT NOT NULL, PRIMARY KEY (day, key)) WITHOUT ROWID;
     CREATE TABLE error_totals (
       key TEXT NOT NULL, model TEXT NOT NULL, code TEXT NOT NULL, requests INTEGER NOT NULL,
       PRIMARY KEY (key, model, code)) WITHOUT ROWID`,
  )
}

/** Adds the increase of a key's errors of a day since the last report. Repeating a report has no effect. */
export function takeErrors(sql: SqlStorage, key: string, day: string, errors: readonly ErrorCount[]): void {
  const [before] = sql.exec('SELECT errors FROM error_days WHERE day = ? AND key = ?', day, key).toArray()
  const old = before ? (JSON.parse(String(before.errors)) as ErrorCount[]) : []
  const counted = new Map(old.map(([model, code, requests]) => [JSON.stringify([model, code]), requests]))
  let hasGrown = false
  for (const [model, code, requests] of errors) {
    const added = requests - (counted.get(JSON.stringify([model, code])) ?? 0)
    if (added <= 0) continue
    addErrors(sql, key, [model, code, added])
    hasGrown = true
  }
  if (hasGrown)
    sql.exec('INSERT OR REPLACE INTO error_days VALUES (?, ?, ?)', day, key, JSON.stringify(errors))
}

/** All counters, by key, model and code. */
export function readErrorTotals(sql: SqlStorage): ErrorTotal[] {
  return sql.exec('SELECT * FROM error_totals').toArray() as unknown as ErrorTotal[]
}

/** Deletes days that are no longer reported. */
export function pruneErrorDays(sql: SqlStorage, nowMs: number): void {
  sql.exec('DELETE FROM error_days WHERE day < ?', UTC.daysBefore(nowMs, USAGE_DAYS))
}

function addErrors(sql: SqlStorage, key: string, [model, code, requests]: ErrorCount): void {
  const update = 'UPDATE error_totals SET requests = requests + ? WHERE key = ? AND model = ? AND code = ?'
  if (sql.exec(update, requests, key, model, code).rowsWritten > 0) return
  const [known] = sql.exec('SELECT count(*) AS rows FROM error_totals WHERE key = ?', key).toArray()
  const isFull = Number(known?.rows) >= MAX_TOTALS_PER_KEY
  const names = isFull ? [OTHER_LABEL, OTHER_LABEL] : [model, code]
  if (isFull && sql.exec(update, requests, key, ...names).rowsWritten > 0) return
  sql.exec('INSERT INTO error_totals VALUES (?, ?, ?, ?)', key, ...names, requests)
}
