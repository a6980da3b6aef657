import { OWNED_KINDS, type OwnedKind, ownable } from '../../dashscope/ownable.ts'
import { DAY_MS } from '../../lib/calendar.ts'

/** Days that the list position of a deleted object is kept, for clients that delete a list page by page. */
const GONE_DAYS = 7

/**
 * An owned object, and the id of the target that created it; empty for objects created before homes were recorded.
 */
export interface Owned {
  id: string
  home: string
}

/** Records a created object. */
export function insertOwned(sql: SqlStorage, kind: OwnedKind, { id, home }: Owned, nowMs: number): void {
  const insert = 'INSERT OR REPLACE INTO owned (kind, id, created_ms, home) VALUES (?, ?, ?, ?)'
  sql.exec(insert, kind, id, nowMs, home)
}

/** Which of these ids are owned. */
export function readOwned(sql: SqlStorage, kind: OwnedKind, ids: readonly string[]): Owned[] {
  const select = 'SELECT id, home FROM owned WHERE kind = ? AND id = ?'
  return ids.flatMap((id) => sql.exec(select, kind, id).toArray().map(ownedFrom))
}

/**
 * Removes a deleted object but keeps its list position, so that a client that deletes a list page by page can
 * continue.
 */
export function deleteOwned(sql: SqlStorage, kind: OwnedKind, id: string, nowMs: number): void {
  const forget = `UPDATE OR REPLACE owned SET kind = 'gone', created_ms = ? WHERE kind = ? AND id = ?`
  sql.exec(forget, nowMs, kind, id)
}

/** Objects after an id, which may have been deleted, or from the newest on; at most `limit`. */
export function selectOwned(
  sql: SqlStorage,
  kind: OwnedKind,
  after: string | undefined,
  limit: number,
): Owned[] {
  const place = `SELECT sequence FROM owned WHERE kind IN (?, 'gone') AND id = ?`
  const [last] = after === undefined ? [{ sequence: Number.MAX_SAFE_INTEGER }] : sql.exec(place, kind, after)
  const select = 'SELECT id, home FROM owned WHERE kind = ? AND sequence < ? ORDER BY sequence DESC LIMIT ?'
  return sql
    .exec(select, kind, Number(last?.sequence ?? 0), limit)
    .toArray()
    .map(ownedFrom)
}

/** Deletes the records of objects that DashScope has deleted long ago. */
export function pruneOwned(sql: SqlStorage, nowMs: number): void {
  const forget = 'DELETE FROM owned WHERE kind = ? AND created_ms < ?'
  for (const kind of OWNED_KINDS) {
    const { days } = ownable(kind)
    if (days !== undefined) sql.exec(forget, kind, nowMs - days * DAY_MS)
  }
  sql.exec(forget, 'gone', nowMs - GONE_DAYS * DAY_MS)
}

function ownedFrom({ id, home }: Record<string, SqlStorageValue>): Owned {
  return { id: String(id), home: String(home) }
}
