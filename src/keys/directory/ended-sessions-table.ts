import type { Migration } from '../../lib/migrations.ts'

/** Operator sessions that were ended early. */
export const createEndedSessions: Migration = (sql) => {
  sql.exec('CREATE TABLE ended_sessions (id TEXT PRIMARY KEY, exp INTEGER NOT NULL) WITHOUT ROWID')
}

/**
 * Ends a session, and deletes the rows of sessions that have expired.
 *
 * @param exp when the session would have expired, in seconds since 1970.
 */
export function insertEndedSession(sql: SqlStorage, id: string, exp: number, nowMs: number): void {
  sql.exec('DELETE FROM ended_sessions WHERE exp < ?', Math.floor(nowMs / 1000))
  sql.exec('INSERT OR REPLACE INTO ended_sessions VALUES (?, ?)', id, exp)
}

/** Whether a session was ended. */
export function hasEndedSession(sql: SqlStorage, id: string): boolean {
  return sql.exec('SELECT 1 FROM ended_sessions WHERE id = ?', id).toArray().length > 0
}
