import type { OwnedKind } from '../../dashscope/ownable.ts'
import type { Migration } from '../../lib/migrations.ts'

/** An object that a key created and that any caller could refer to, such as a voice. */
export interface Registered {
  /** The id in the form of {@link registeredForm}. */
  id: string
  /** The meter of the key or end user that created it. */
  owner: string
  /** The target that created it. */
  home: string
}

export const createRegistered: Migration = (sql) => {
  sql.exec(
    `CREATE TABLE registered (
       kind TEXT NOT NULL, id TEXT NOT NULL, owner TEXT NOT NULL, home TEXT NOT NULL, created_ms INTEGER NOT NULL,
       PRIMARY KEY (kind, id, owner)) WITHOUT ROWID;
     CREATE INDEX registered_by_owner ON registered (kind, owner)`,
  )
}

/**
 * The normalized form of ids for comparison. Unregistered ids are allowed, so a variant of a registered id that
 * DashScope might treat as the same must not look unregistered.
 */
export function registeredForm(id: string): string {
  return id.normalize('NFKC').trim().toLowerCase()
}

/** Records the creator of an object. */
export function insertRegistered(
  sql: SqlStorage,
  kind: OwnedKind,
  { id, owner, home }: Registered,
  nowMs: number,
): void {
  sql.exec('INSERT OR REPLACE INTO registered VALUES (?, ?, ?, ?, ?)', kind, id, owner, home, nowMs)
}

/** The creators of objects; an id that no key created has no row. */
export function readRegistered(sql: SqlStorage, kind: OwnedKind, ids: readonly string[]): Registered[] {
  const select = 'SELECT id, owner, home FROM registered WHERE kind = ? AND id = ?'
  return ids.flatMap((id) => sql.exec(select, kind, id).toArray().map(registeredFrom))
}

/** All objects of a kind that one caller created. */
export function listRegistered(sql: SqlStorage, kind: OwnedKind, owner: string): Registered[] {
  const select =
    'SELECT id, owner, home FROM registered WHERE kind = ? AND owner = ? ORDER BY created_ms DESC'
  return sql.exec(select, kind, owner).toArray().map(registeredFrom)
}

/** Removes the record of an object that was deleted at DashScope. */
export function deleteRegistered(sql: SqlStorage, kind: OwnedKind, id: string, owner: string): void {
  sql.exec('DELETE FROM registered WHERE kind = ? AND id = ? AND owner = ?', kind, id, owner)
}

function registeredFrom({ id, owner, home }: Record<string, SqlStorageValue>): Registered {
  return { id: String(id), owner: String(owner), home: String(home) }
}
