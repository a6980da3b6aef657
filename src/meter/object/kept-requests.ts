import type { Migration } from '../../lib/migrations.ts'
import { type KeptRequest, MAX_KEPT_REQUESTS, newestKept, REQUEST_KEPT_MS } from '../kept-request.ts'
import type { NumberedRow } from './request-ring.ts'

/** A row of the request log, and whether its body is kept. */
export type RowWithBody = NumberedRow & { has_body?: true } & Partial<Pick<KeptRequest, 'body' | 'answer'>>

/** Bodies and responses of the newest requests, for keys with `log_bodies`. */
export const createKeptRequests: Migration = (sql) => {
  sql.exec(
    `CREATE TABLE kept_requests (
       slot INTEGER PRIMARY KEY, number INTEGER NOT NULL, id TEXT NOT NULL, at_ms INTEGER NOT NULL, texts TEXT NOT NULL)`,
  )
}

/** Adds requests; each replaces the oldest one when there are as many as are kept. */
export function keepRequests(sql: SqlStorage, kept: readonly KeptRequest[]): void {
  if (kept.length === 0) return
  const newest = newestKept(kept)
  let number = Number(sql.exec('SELECT max(number) AS number FROM kept_requests').toArray()[0]?.number ?? 0)
  for (const { id, atMs, body, answer } of newest) {
    number++
    const texts = JSON.stringify({ body, answer })
    const slot = number % MAX_KEPT_REQUESTS
    sql.exec('INSERT OR REPLACE INTO kept_requests VALUES (?, ?, ?, ?, ?)', slot, number, id, atMs, texts)
  }
  pruneKept(sql, newest.at(-1)?.atMs ?? 0)
}

/**
 * Adds to rows of the log what is kept of them.
 *
 * @param bodies `marked`: only whether there is a body; `whole`: the texts, too; undefined: nothing.
 */
export function withKept(
  sql: SqlStorage,
  rows: readonly NumberedRow[],
  bodies: 'marked' | 'whole' | undefined,
  nowMs: number,
): RowWithBody[] {
  if (bodies === undefined) return [...rows]
  const columns = bodies === 'whole' ? 'id, texts' : 'id'
  const stored = sql.exec(
    `SELECT ${columns} FROM kept_requests WHERE at_ms > ? AND id IN (SELECT value FROM json_each(?))`,
    nowMs - REQUEST_KEPT_MS,
    JSON.stringify(rows.map(({ id }) => id)),
  )
  const kept = new Map(stored.toArray().map(({ id, texts }) => [String(id), texts]))
  return rows.map((row) => {
    const id = String(row.id)
    if (!kept.has(id)) return row
    const texts = kept.get(id)
    return { ...row, has_body: true, ...(texts !== undefined && JSON.parse(String(texts))) }
  })
}

/** Deletes what is too old to be shown. */
export function pruneKept(sql: SqlStorage, nowMs: number): void {
  sql.exec('DELETE FROM kept_requests WHERE at_ms <= ?', nowMs - REQUEST_KEPT_MS)
}

/** When the oldest kept request has to be deleted; undefined if there is none. */
export function nextKeptEndMs(sql: SqlStorage): number | undefined {
  const oldest = sql.exec('SELECT min(at_ms) AS at_ms FROM kept_requests').toArray()[0]?.at_ms ?? null
  return oldest === null ? undefined : Number(oldest) + REQUEST_KEPT_MS
}
