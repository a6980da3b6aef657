import type { OwnedKind } from '../../dashscope/ownable.ts'
import type { Migration } from '../../lib/migrations.ts'

/** Something that a key made and that any caller might name, such as a voice. */
export interface Registered {
  /** The id in the form that {@link registeredForm} gives. */
  id: string
  /** The meter of the key or end user that made it. */
  owner: string
  /** The target that made it. */
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
 * The form in which ids are compared. An id that no caller registered passes, so another spelling of a registered one, which
 * DashScope might take for the same, must not look like an unknown one.
 */
export function registeredForm(id: string): string {
  return id.normalize('NFKC').trim().toLowerCase()
}

/** Records who made something. */
export function insertRegistered(
  sql: SqlStorage,
  kind: OwnedKind,
  { id, owner, home }: Registered,
  nowMs: number,
): void {
  sql.exec('INSERT OR REPLACE INTO registered VALUES (?, ?, ?, ?, ?)', kind, id, owner, home, nowMs)
}

/** Who made these; an id that no key made has no row. */
export function readRegistered(sql: SqlStorage, kind: OwnedKind, ids: readonly string[]): Registered[] {
  const select = 'SELECT id, owner, home FROM registered WHERE kind = ? AND id = ?'
  return ids.flatMap((id) => sql.exec(select, kind, id).toArray().map(registeredFrom))
}

/** Everything of a kind that one caller made. */
export function listRegistered(sql: SqlStorage, kind: OwnedKind, owner: string): Registered[] {
  const select =
    'SELECT id, owner, home FROM registered WHERE kind = ? AND owner = ? ORDER BY created_ms DESC'
  return sql.exec(select, kind, owner).toArray().map(registeredFrom)
}

/** Forgets what was deleted at DashScope. */
export function deleteRegistered(sql: SqlStorage, kind: OwnedKind, id: string, owner: string): void {
  sql.exec('DELETE FROM registered WHERE kind = ? AND id = ? AND owner = ?', kind, id, owner)
}

function registeredFrom({ id, owner, home }: Record<string, SqlStorageValue>): Registered {
  return { id: String(id), owner: String(owner), home: String(home) }
}
