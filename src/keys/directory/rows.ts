import type { Migration } from '../../lib/migrations.ts'
import type { KeyRecord } from '../../policy/key-record.ts'

/** A key in the directory. */
export interface StoredKey {
  record: KeyRecord
  /** The hash of the key, under which KV stores its record. */
  hash: string
  /** Incremented by each change, so that a KV write can tell whether it was the newest. */
  version: number
  /** Milliseconds since 1970; set if the key was revoked. */
  revokedMs?: number
  /** The last use reported by a meter. */
  lastUsedMs?: number
}

/** A key in a report. */
export interface KeyName {
  id: string
  name: string
  /** Milliseconds since 1970; set if the key was revoked. */
  revokedMs?: number
}

/** `pending` marks a row whose entries in KV are older than the row. */
export const createKeyTables: Migration = (sql) => {
  sql.exec(
    `CREATE TABLE keys (
       id TEXT PRIMARY KEY, hash TEXT NOT NULL, record TEXT NOT NULL, scope TEXT, origins TEXT,
       version INTEGER NOT NULL, pending INTEGER NOT NULL, revoked_ms INTEGER, last_used_ms INTEGER) WITHOUT ROWID;
     CREATE INDEX keys_by_scope ON keys (scope) WHERE scope IS NOT NULL;
     CREATE INDEX keys_pending ON keys (pending) WHERE pending = 1;
     CREATE TABLE moved (id INTEGER PRIMARY KEY, cursor TEXT, is_done INTEGER NOT NULL)`,
  )
}

/** The row of a key, revoked or not. */
export function selectKey(sql: SqlStorage, id: string): StoredKey | undefined {
  const [row] = sql.exec('SELECT * FROM keys WHERE id = ?', id).toArray()
  return row && storedFrom(row)
}

/** Writes the row of a key and marks its KV entries as outdated. */
export function writeKey(
  sql: SqlStorage,
  { record, hash, version, revokedMs }: StoredKey,
  isPending = true,
): void {
  sql.exec(
    `INSERT INTO keys VALUES (?, ?, ?, ?, ?, ?, ?, ?, NULL)
     ON CONFLICT (id) DO UPDATE SET record = excluded.record, scope = excluded.scope, origins = excluded.origins,
       version = excluded.version, pending = excluded.pending, revoked_ms = excluded.revoked_ms`,
    record.id,
    hash,
    JSON.stringify(record),
    revokedMs === undefined ? (record.cache?.scope ?? null) : null,
    revokedMs === undefined && record.origins ? JSON.stringify(record.origins) : null,
    version,
    isPending ? 1 : 0,
    revokedMs ?? null,
  )
}

/** Deletes the row of a key that was never returned to a caller. */
export function deleteKey(sql: SqlStorage, id: string): void {
  sql.exec('DELETE FROM keys WHERE id = ?', id)
}

/** Marks the entries of a key in KV as written, unless the row has changed since. */
export function markWritten(sql: SqlStorage, { record, version }: StoredKey): void {
  sql.exec('UPDATE keys SET pending = 0 WHERE id = ? AND version = ?', record.id, version)
}

/** Keys with outdated KV entries. */
export function readPending(sql: SqlStorage, limit: number): StoredKey[] {
  return sql.exec('SELECT * FROM keys WHERE pending = 1 LIMIT ?', limit).toArray().map(storedFrom)
}

/** Keys that share a cache scope, without revoked ones. */
export function readScope(sql: SqlStorage, scope: string): StoredKey[] {
  return sql.exec('SELECT * FROM keys WHERE scope = ?', scope).toArray().map(storedFrom)
}

/** The origins of all keys together, each once, in order. */
export function readOrigins(sql: SqlStorage): string[] {
  const rows = sql.exec('SELECT DISTINCT origins FROM keys WHERE origins IS NOT NULL').toArray()
  return [...new Set(rows.flatMap(({ origins }) => JSON.parse(String(origins)) as string[]))].sort()
}

/**
 * Keys in the order of their ids, which is newest first.
 *
 * @param after the last id of the page before, or an empty text.
 */
export function selectKeyPage(
  sql: SqlStorage,
  after: string,
  limit: number,
  withRevoked: boolean,
): StoredKey[] {
  const which = withRevoked ? '' : 'AND revoked_ms IS NULL'
  return sql
    .exec(`SELECT * FROM keys WHERE id > ? ${which} ORDER BY id LIMIT ?`, after, limit)
    .toArray()
    .map(storedFrom)
}

/** The names of keys, including revoked ones; of all keys if no ids are given. */
export function readNames(sql: SqlStorage, ids?: readonly string[]): KeyName[] {
  const columns = `id, json_extract(record, '$.name') AS name, revoked_ms`
  if (!ids) return sql.exec(`SELECT ${columns} FROM keys`).toArray().map(nameFrom)
  return ids.flatMap((id) => sql.exec(`SELECT ${columns} FROM keys WHERE id = ?`, id).toArray().map(nameFrom))
}

/** The most recently used keys, including revoked ones, and the total number of keys. */
export function readRecent(sql: SqlStorage, limit: number): { keys: KeyName[]; of: number } {
  const recent = 'SELECT id FROM keys ORDER BY coalesce(last_used_ms, 0) DESC, id LIMIT ?'
  const ids = sql
    .exec(recent, limit)
    .toArray()
    .map(({ id }) => String(id))
  const [count] = sql.exec('SELECT count(*) AS keys FROM keys').toArray()
  return { keys: readNames(sql, ids), of: Number(count?.keys ?? 0) }
}

/** Records when a key was used; an older time changes nothing. */
export function noteUse(sql: SqlStorage, id: string, lastUsedMs: number): void {
  const update = 'UPDATE keys SET last_used_ms = max(coalesce(last_used_ms, 0), ?) WHERE id = ?'
  sql.exec(update, lastUsedMs, id)
}

function storedFrom(row: Record<string, SqlStorageValue>): StoredKey {
  return {
    record: JSON.parse(String(row.record)) as KeyRecord,
    hash: String(row.hash),
    version: Number(row.version),
    ...(row.revoked_ms !== null && { revokedMs: Number(row.revoked_ms) }),
    ...(row.last_used_ms !== null && { lastUsedMs: Number(row.last_used_ms) }),
  }
}

function nameFrom({ id, name, revoked_ms }: Record<string, SqlStorageValue>): KeyName {
  return {
    id: String(id),
    name: String(name ?? ''),
    ...(revoked_ms !== null && { revokedMs: Number(revoked_ms) }),
  }
}
