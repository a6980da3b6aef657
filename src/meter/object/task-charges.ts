import type { TaskCharge, TaskLookUp } from '../metering.ts'

/** How long a charge can be corrected. A batch takes up to 14 days, and its result is read within two more. */
const TASK_CHARGE_DAYS = 31

/** Tasks that one alarm passes to the poller; the next alarm continues. */
const MAX_UNSEEN_AT_ONCE = 100

/** Records the charge of a submitted task; does nothing if it is already recorded. */
export function insertTaskCharge(sql: SqlStorage, task: string, charge: TaskCharge): void {
  const insert = 'INSERT OR IGNORE INTO task_charges VALUES (?, ?, ?)'
  sql.exec(insert, task, charge.atMs, JSON.stringify(charge))
}

/** The charge of a task; undefined if it was already corrected, or charged in another meter. */
export function readTaskCharge(sql: SqlStorage, task: string): TaskCharge | undefined {
  const [row] = sql.exec('SELECT charge FROM task_charges WHERE task = ?', task).toArray()
  return row && (JSON.parse(String(row.charge)) as TaskCharge)
}

/** Deletes and returns the recorded charge; undefined if there is none any more. */
export function takeTaskCharge(sql: SqlStorage, task: string): TaskCharge | undefined {
  const charge = readTaskCharge(sql, task)
  if (charge) sql.exec('DELETE FROM task_charges WHERE task = ?', task)
  return charge
}

/** Marks that the usage of the request that submitted a task is recorded. */
export function markRecorded(sql: SqlStorage, task: string): void {
  const update = `UPDATE task_charges SET charge = json_remove(charge, '$.unrecorded') WHERE task = ?`
  sql.exec(update, task)
}

/** A charge whose result no caller has seen so far. */
export interface UnseenTask extends TaskLookUp {
  task: string
}

/** Charges older than a given time that the poller does not watch yet, oldest first. */
export function unseenTasks(sql: SqlStorage, beforeMs: number): UnseenTask[] {
  const select = `SELECT task, charge ->> '$.lookUp' AS look_up FROM task_charges
    WHERE at_ms <= ? AND look_up IS NOT NULL AND charge ->> '$.isWatched' IS NULL ORDER BY at_ms LIMIT ?`
  const rows = sql.exec(select, beforeMs, MAX_UNSEEN_AT_ONCE).toArray()
  return rows.map(({ task, look_up: lookUp }) => ({
    ...(JSON.parse(String(lookUp)) as TaskLookUp),
    task: String(task),
  }))
}

/** The time of the oldest charge that the poller does not watch yet. */
export function oldestUnseenMs(sql: SqlStorage): number | undefined {
  const select = `SELECT min(at_ms) AS at_ms FROM task_charges
    WHERE charge ->> '$.lookUp' IS NOT NULL AND charge ->> '$.isWatched' IS NULL`
  const { at_ms: atMs } = sql.exec(select).one()
  return atMs === null ? undefined : Number(atMs)
}

/** Marks that the poller watches a task. */
export function markWatched(sql: SqlStorage, task: string): void {
  const update = `UPDATE task_charges SET charge = json_set(charge, '$.isWatched', 1) WHERE task = ?`
  sql.exec(update, task)
}

/** Deletes the charges of tasks whose results are no longer available. */
export function pruneTaskCharges(sql: SqlStorage, nowMs: number): void {
  sql.exec('DELETE FROM task_charges WHERE at_ms < ?', nowMs - TASK_CHARGE_DAYS * 86_400_000)
}
