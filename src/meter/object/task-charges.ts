import type { TaskCharge, TaskLookUp } from '../metering.ts'

/** A batch takes up to 14 days, and its result is read within two more; a charge that was not corrected by then stays. */
const TASK_CHARGE_DAYS = 31

/** Tasks that one alarm hands to the poller; the next alarm takes the next ones. */
const MAX_UNSEEN_AT_ONCE = 100

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

/** A charge whose result no caller has seen so far. */
export interface UnseenTask extends TaskLookUp {
  task: string
}

/** Charges that are older than a moment and that the poller does not watch yet, oldest first. */
export function unseenTasks(sql: SqlStorage, beforeMs: number): UnseenTask[] {
  const select = `SELECT task, charge ->> '$.lookUp' AS look_up FROM task_charges
    WHERE at_ms <= ? AND look_up IS NOT NULL AND charge ->> '$.isWatched' IS NULL ORDER BY at_ms LIMIT ?`
  const rows = sql.exec(select, beforeMs, MAX_UNSEEN_AT_ONCE).toArray()
  return rows.map(({ task, look_up: lookUp }) => ({
    ...(JSON.parse(String(lookUp)) as TaskLookUp),
    task: String(task),
  }))
}

/** When the oldest charge was made that the poller does not watch yet. */
export function oldestUnseenMs(sql: SqlStorage): number | undefined {
  const select = `SELECT min(at_ms) AS at_ms FROM task_charges
    WHERE charge ->> '$.lookUp' IS NOT NULL AND charge ->> '$.isWatched' IS NULL`
  const { at_ms: atMs } = sql.exec(select).one()
  return atMs === null ? undefined : Number(atMs)
}

/** Notes that the poller watches a task. */
export function markWatched(sql: SqlStorage, task: string): void {
  const update = `UPDATE task_charges SET charge = json_set(charge, '$.isWatched', 1) WHERE task = ?`
  sql.exec(update, task)
}

/** Deletes the notes of tasks whose result can no longer be seen. */
export function pruneTaskCharges(sql: SqlStorage, nowMs: number): void {
  sql.exec('DELETE FROM task_charges WHERE at_ms < ?', nowMs - TASK_CHARGE_DAYS * 86_400_000)
}
