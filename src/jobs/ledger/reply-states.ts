/** Reply states are deleted after this; no platform shows a reply in progress for longer than a day. */
const LIFETIME_MS = 2 * 86_400_000

/** Migration of the ledger: the progress of replies. */
export function createReplyStates(sql: SqlStorage): void {
  sql.exec(
    'CREATE TABLE reply_states (job TEXT PRIMARY KEY, state TEXT NOT NULL, at_ms INTEGER NOT NULL) WITHOUT ROWID',
  )
}

/** The reply state of a job, as stored by src/hooks; undefined before the reply started. */
export function selectReplyState(sql: SqlStorage, job: string): string | undefined {
  const [row] = sql.exec('SELECT state FROM reply_states WHERE job = ?', job).toArray()
  return row && String(row.state)
}

export function writeReplyState(sql: SqlStorage, job: string, state: string, nowMs: number): void {
  sql.exec('INSERT OR REPLACE INTO reply_states VALUES (?, ?, ?)', job, state, nowMs)
}

export function pruneReplyStates(sql: SqlStorage, nowMs: number): void {
  sql.exec('DELETE FROM reply_states WHERE at_ms < ?', nowMs - LIFETIME_MS)
}
