import { isoOf } from '../job.ts'

/** A saved destination with its own signing secret; disabled after days of failures. */
export interface StoredEndpoint {
  id: string
  url: string
  /** Names of events, or `*` for all. */
  events: string[]
  disabled: boolean
  payload: 'fat' | 'thin'
  createdMs: number
  /** The first failed attempt since the last success; null while deliveries succeed. */
  failingMs: number | null
}

/** An endpoint is disabled after 120 hours without a success. */
const DISABLED_AFTER_MS = 120 * 3_600_000

export function insertEndpoint(sql: SqlStorage, endpoint: StoredEndpoint): void {
  const { id, url, events, disabled, payload, createdMs } = endpoint
  const insert = 'INSERT OR REPLACE INTO endpoints VALUES (?, ?, ?, ?, ?, ?, NULL, NULL)'
  sql.exec(insert, id, url, JSON.stringify(events), disabled ? 1 : 0, payload, createdMs)
}

export function readEndpoint(sql: SqlStorage, id: string): StoredEndpoint | undefined {
  return sql.exec('SELECT * FROM endpoints WHERE id = ?', id).toArray().map(endpointFrom)[0]
}

export function selectEndpoints(sql: SqlStorage): StoredEndpoint[] {
  return sql.exec('SELECT * FROM endpoints ORDER BY created_ms, id').toArray().map(endpointFrom)
}

export function deleteEndpointRow(sql: SqlStorage, id: string): void {
  sql.exec('DELETE FROM endpoints WHERE id = ?', id)
}

export function disableEndpoint(sql: SqlStorage, id: string): void {
  sql.exec('UPDATE endpoints SET disabled = 1 WHERE id = ?', id)
}

/**
 * Records the result of an attempt at an endpoint.
 *
 * @returns whether to disable it now: every attempt has failed for 120 hours.
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

/** An endpoint in the API. */
export function endpointRecord({ createdMs, failingMs, ...endpoint }: StoredEndpoint) {
  return { ...endpoint, created_at: isoOf(createdMs), failing_since: isoOf(failingMs) }
}

export type EndpointRecord = ReturnType<typeof endpointRecord>

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
