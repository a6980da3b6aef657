import { DurableObject } from 'cloudflare:workers'
import { OWNED_TASK_DAYS } from '../constants.ts'

/** What DashScope keeps per account and the gateway per client key. */
export type OwnedKind = 'task' | 'file'

/**
 * What one client key owns: one object per key, strongly consistent, because KV may lag a minute and a task is asked for
 * within a second of its submission.
 */
export class Meter extends DurableObject {
  readonly #sql: SqlStorage

  constructor(state: DurableObjectState, env: Cloudflare.Env) {
    super(state, env)
    this.#sql = state.storage.sql
    this.#sql.exec(
      `CREATE TABLE IF NOT EXISTS owned (
         sequence INTEGER PRIMARY KEY, kind TEXT NOT NULL, id TEXT NOT NULL, created_ms INTEGER NOT NULL, UNIQUE (kind, id))`,
    )
  }

  /** Records that this key made something; tasks that DashScope has long deleted are forgotten on the way. */
  own(kind: OwnedKind, id: string, nowMs: number): void {
    this.#sql.exec('INSERT OR REPLACE INTO owned (kind, id, created_ms) VALUES (?, ?, ?)', kind, id, nowMs)
    this.#sql.exec(
      `DELETE FROM owned WHERE kind = 'task' AND created_ms < ?`,
      nowMs - OWNED_TASK_DAYS * 86_400_000,
    )
  }

  /** Which of these ids this key owns. */
  owned(kind: OwnedKind, ids: string[]): string[] {
    return ids.filter(
      (id) => this.#sql.exec('SELECT 1 FROM owned WHERE kind = ? AND id = ?', kind, id).toArray().length > 0,
    )
  }

  /** Forgets what was deleted at DashScope. */
  disown(kind: OwnedKind, id: string): void {
    this.#sql.exec('DELETE FROM owned WHERE kind = ? AND id = ?', kind, id)
  }

  /**
   * One page of what this key owns, newest first.
   *
   * @param after the last id of the page before; undefined for the first page.
   */
  list(kind: OwnedKind, after: string | undefined, limit: number): string[] {
    const [last] = this.#sql
      .exec('SELECT sequence FROM owned WHERE kind = ? AND id = ?', kind, after ?? '')
      .toArray()
    return this.#sql
      .exec(
        'SELECT id FROM owned WHERE kind = ? AND sequence < ? ORDER BY sequence DESC LIMIT ?',
        kind,
        after === undefined ? Number.MAX_SAFE_INTEGER : Number(last?.sequence ?? 0),
        limit,
      )
      .toArray()
      .map((row) => String(row.id))
  }
}
