import type { BatchState } from '../../dashscope/batch.ts'
import type { Usage } from '../../dashscope/usage.ts'
import type { Principal } from '../../policy/key-record.ts'
import type { BatchWebhook } from '../job.ts'

/** A batch that DashScope has accepted. */
export interface NewBatch {
  /** DashScope's id. */
  id: string
  /** The id of the target that runs it. */
  home: string
  principal: Principal
  /** The principal that is charged, if the lines name an end user. */
  payer?: Principal
  webhook: BatchWebhook | null
  /** The gateway's origin, for messages. */
  origin: string
  model: string
  lines: number
  /** The charged usage. */
  usage: Usage
}

/** `running`: DashScope is processing it. `ended`: its usage must be read. `settled`: it is billed. */
export type BatchStep = 'running' | 'ended' | 'settled'

export interface StoredBatch extends NewBatch {
  step: BatchStep
  /** The final batch object as JSON; empty if DashScope no longer has the batch. */
  object: string
  outputFile: string | null
  errorFile: string | null
  tries: number
  createdMs: number
}

/** The table of batches. */
export function createBatches(sql: SqlStorage): void {
  sql.exec(
    `CREATE TABLE batches (
       id TEXT PRIMARY KEY, facts TEXT NOT NULL, step TEXT NOT NULL, object TEXT NOT NULL, output_file TEXT,
       error_file TEXT, tries INTEGER NOT NULL, created_ms INTEGER NOT NULL, wake_ms INTEGER NOT NULL) WITHOUT ROWID;
     CREATE INDEX batches_by_wake ON batches (wake_ms);
     CREATE INDEX batches_by_output ON batches (output_file) WHERE output_file IS NOT NULL`,
  )
}

/** Adds a batch; does nothing if it exists. */
export function insertBatch(sql: SqlStorage, batch: NewBatch, nowMs: number): void {
  const insert = `INSERT OR IGNORE INTO batches VALUES (?, ?, 'running', '', NULL, NULL, 0, ?, ?)`
  sql.exec(insert, batch.id, JSON.stringify(batch), nowMs, nowMs)
}

export function readBatch(sql: SqlStorage, id: string): StoredBatch | undefined {
  return sql.exec('SELECT * FROM batches WHERE id = ?', id).toArray().map(batchFrom)[0]
}

/** Batches whose lookup is due, oldest first. */
export function batchesToWake(sql: SqlStorage, nowMs: number, most: number): StoredBatch[] {
  const select = 'SELECT * FROM batches WHERE wake_ms <= ? ORDER BY wake_ms LIMIT ?'
  return sql.exec(select, nowMs, most).toArray().map(batchFrom)
}

/** Records that a running batch has ended; `state` is undefined if DashScope no longer has the batch. */
export function endBatch(
  sql: SqlStorage,
  id: string,
  state: BatchState | undefined,
  object: string,
  nowMs: number,
): void {
  const update = `UPDATE batches SET step = 'ended', tries = 0, object = ?, output_file = ?, error_file = ?, wake_ms = ?
    WHERE id = ? AND step = 'running'`
  sql.exec(update, object, state?.outputFile ?? null, state?.errorFile ?? null, nowMs, id)
}

/** Records that a batch is billed. Returns false if it already was. */
export function settleBatch(sql: SqlStorage, id: string, forgetMs: number): boolean {
  const update = `UPDATE batches SET step = 'settled', wake_ms = ? WHERE id = ? AND step = 'ended'`
  return sql.exec(update, forgetMs, id).rowsWritten > 0
}

/** Sets when a batch is processed next; `isTry` counts an attempt to bill it. */
export function wakeBatch(sql: SqlStorage, id: string, wakeMs: number, isTry = false): void {
  sql.exec('UPDATE batches SET wake_ms = ?, tries = tries + ? WHERE id = ?', wakeMs, isTry ? 1 : 0, id)
}

export function deleteBatch(sql: SqlStorage, id: string): void {
  sql.exec('DELETE FROM batches WHERE id = ?', id)
}

/** Whether a file is the output of a batch that is not billed yet. */
export function isUnbilledOutput(sql: SqlStorage, file: string): boolean {
  const select = `SELECT 1 FROM batches WHERE output_file = ? AND step = 'ended'`
  return sql.exec(select, file).toArray().length > 0
}

function batchFrom(row: Record<string, SqlStorageValue>): StoredBatch {
  const text = (value: SqlStorageValue | undefined) => (typeof value === 'string' ? value : null)
  return {
    ...(JSON.parse(String(row.facts)) as NewBatch),
    step: row.step as BatchStep,
    object: String(row.object),
    outputFile: text(row.output_file),
    errorFile: text(row.error_file),
    tries: Number(row.tries),
    createdMs: Number(row.created_ms),
  }
}
