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

/** Deletes the note of a charge and returns it; undefined if there is none any more. */
export function takeTaskCharge(sql: SqlStorage, task: string): TaskCharge | undefined {
  const charge = readTaskCharge(sql, task)
  if (charge) sql.exec('DELETE FROM task_charges WHERE task = ?', task)
  return charge
}

/** Notes that the usage of the request that submitted a task is recorded. */
export function markRecorded(sql: SqlStorage, task: string): void {
  const update = `UPDATE task_charges SET charge = json_remove(charge, '$.unrecorded') WHERE task = ?`
  sql.exec(update, task)
}

/** Deletes the notes of tasks whose result can no longer be seen. */
export function pruneTaskCharges(sql: SqlStorage, nowMs: number): void {
  sql.exec('DELETE FROM task_charges WHERE at_ms < ?', nowMs - TASK_CHARGE_DAYS * 86_400_000)
}
