import { isoOf } from '../job.ts'
import { makeSecret } from '../signature.ts'

/** A destination that its owner saved: with a secret of its own, and switched off when it fails for days. */
export interface StoredEndpoint {
  id: string
  url: string
  /** Names of events, or `*` for all. */
  events: string[]
  disabled: boolean
  payload: 'fat' | 'thin'
  createdMs: number
  /** The first failed try since the last success; null while it works. */
  failingMs: number | null
}

/** An endpoint is switched off after 120 hours of failures only. */
const DISABLED_AFTER_MS = 120 * 3_600_000

/** A rotated secret stays valid with the new one for a day, unless the caller says otherwise. */
export const DEFAULT_OVERLAP_SECONDS = 86_400

export function insertEndpoint(sql: SqlStorage, endpoint: StoredEndpoint): void {
  const { id, url, events, disabled, payload, createdMs } = endpoint
  const insert = 'INSERT OR REPLACE INTO endpoints VALUES (?, ?, ?, ?, ?, ?, NULL, NULL)'
  sql.exec(insert, id, url, JSON.stringify(events), disabled ? 1 : 0, payload, createdMs)
}

export function readEndpoint(sql: SqlStorage, id: string): StoredEndpoint | undefined {
  return sql.exec('SELECT * FROM endpoints WHERE id = ?', id).toArray().map(endpointFrom)[0]
}

export function listEndpoints(sql: SqlStorage): StoredEndpoint[] {
  return sql.exec('SELECT * FROM endpoints ORDER BY created_ms, id').toArray().map(endpointFrom)
}

export function deleteEndpoint(sql: SqlStorage, id: string): void {
  sql.exec('DELETE FROM endpoints WHERE id = ?', id)
  sql.exec('DELETE FROM secrets WHERE owner = ?', id)
}

export function disableEndpoint(sql: SqlStorage, id: string): void {
  sql.exec('UPDATE endpoints SET disabled = 1 WHERE id = ?', id)
}

/**
 * Notes how a try at an endpoint ended.
 *
 * @returns whether it has to be switched off now: nothing but failures for 120 hours.
 */
export function noteEndpointTry(sql: SqlStorage, id: string, succeeded: boolean, nowMs: number): boolean {
  if (succeeded) {
    sql.exec('UPDATE endpoints SET failing_ms = NULL WHERE id = ?', id)
    return false
  }
  sql.exec('UPDATE endpoints SET failing_ms = coalesce(failing_ms, ?) WHERE id = ?', nowMs, id)
  const endpoint = readEndpoint(sql, id)
  if (!endpoint || endpoint.disabled || endpoint.failingMs === null) return false
  return nowMs - endpoint.failingMs >= DISABLED_AFTER_MS
}

/** The endpoint as the API shows it. */
export function endpointRecord({ createdMs, failingMs, ...endpoint }: StoredEndpoint) {
  return { ...endpoint, created_at: isoOf(createdMs), failing_since: isoOf(failingMs) }
}

export type EndpointRecord = ReturnType<typeof endpointRecord>

/** A signing secret. Expired ones are not among them. */
export interface SecretRecord {
  secret: string
  created_at: string
  expires_at: string | null
}

/**
 * The valid secrets of an endpoint, or of the key itself, newest first; makes the first one.
 *
 * @param owner an endpoint's id, or an empty text for messages to plain URLs.
 */
export function secretsOf(sql: SqlStorage, owner: string, nowMs: number): SecretRecord[] {
  sql.exec('DELETE FROM secrets WHERE expires_ms <= ?', nowMs)
  const select = 'SELECT * FROM secrets WHERE owner = ? ORDER BY sequence DESC'
  const rows = sql.exec(select, owner).toArray()
  if (rows.length === 0) return [addSecret(sql, owner, nowMs)]
  return rows.map((row) => ({
    secret: String(row.secret),
    created_at: isoOf(Number(row.created_ms)),
    expires_at: isoOf(row.expires_ms as number | null),
  }))
}

/** Adds a new secret and lets the one before it end; older ones end at once, so that never more than two are valid. */
export function rotateSecret(
  sql: SqlStorage,
  owner: string,
  overlapSeconds: number,
  nowMs: number,
): SecretRecord[] {
  const [newest] = secretsOf(sql, owner, nowMs)
  const keep = overlapSeconds > 0 ? newest?.secret : undefined
  sql.exec('DELETE FROM secrets WHERE owner = ? AND secret IS NOT ?', owner, keep ?? null)
  sql.exec('UPDATE secrets SET expires_ms = ? WHERE owner = ?', nowMs + overlapSeconds * 1000, owner)
  addSecret(sql, owner, nowMs)
  return secretsOf(sql, owner, nowMs)
}

function addSecret(sql: SqlStorage, owner: string, nowMs: number): SecretRecord {
  const secret = makeSecret()
  const insert = 'INSERT INTO secrets (owner, secret, created_ms, expires_ms) VALUES (?, ?, ?, NULL)'
  sql.exec(insert, owner, secret, nowMs)
  return { secret, created_at: isoOf(nowMs), expires_at: null }
}

function endpointFrom(row: Record<string, SqlStorageValue>): StoredEndpoint {
  return {
    id: String(row.id),
    url: String(row.url),
    events: JSON.parse(String(row.events)),
    disabled: row.disabled === 1,
    payload: row.payload === 'thin' ? 'thin' : 'fat',
    createdMs: Number(row.created_ms),
    failingMs: row.failing_ms === null ? null : Number(row.failing_ms),
  }
}
