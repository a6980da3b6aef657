import type { TaskCharge } from '../metering.ts'

/** A batch takes up to 14 days, and its result is read within two more; a charge that was not corrected by then stays. */
const TASK_CHARGE_DAYS = 31

/** Notes what a submitted task was charged with; a second time changes nothing. */
export function insertTaskCharge(sql: SqlStorage, task: string, charge: TaskCharge): void {
  const insert = 'INSERT OR IGNORE INTO task_charges VALUES (?, ?, ?)'
  sql.exec(insert, task, charge.atMs, JSON.stringify(charge))
}

/** What a task was charged with; undefined if its result was seen before, or the charge was not made here. */
export function readTaskCharge(sql: SqlStorage, task: string): TaskCharge | undefined {
  const [row] = sql.exec('SELECT charge FROM task_charges WHERE task = ?', task).toArray()
  return row && (JSON.parse(String(row.charge)) as TaskCharge)
}

/** Deletes the note of a charge; false if there is none any more. */
export function takeTaskCharge(sql: SqlStorage, task: string): boolean {
  return sql.exec('DELETE FROM task_charges WHERE task = ?', task).rowsWritten > 0
}

/** Deletes the notes of tasks whose result can no longer be seen. */
export function pruneTaskCharges(sql: SqlStorage, nowMs: number): void {
  sql.exec('DELETE FROM task_charges WHERE at_ms < ?', nowMs - TASK_CHARGE_DAYS * 86_400_000)
}
