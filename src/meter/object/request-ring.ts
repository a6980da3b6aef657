import { type RequestRow, unpackRow } from '../request-row.ts'
import type { UsageSum } from '../usage-sum.ts'

/** How long rows of the request log are shown. */
const REQUEST_LOG_DAYS = 7

/** A query of the request log. */
export interface RingQuery {
  limit: number
  /** The size of the log; rows of an earlier, larger log are not shown. */
  size: number
  /** Only rows with a lower number (`before`) or a higher one (`since`). */
  before?: number
  since?: number
  /** Exact values of fields. */
  fields: Partial<RequestRow>
  /** Statuses from and to, both included. */
  status?: readonly [number, number]
  /** Whether to mark the rows whose bodies are kept, or to add those bodies. */
  bodies?: 'marked' | 'whole'
}

/** A row with its number, which increases by one for each request of a key. */
export type NumberedRow = RequestRow & { seq: number }

/** Adds rows to the log; each replaces the oldest one. */
export function recordRows(sql: SqlStorage, sums: readonly UsageSum[], size: number, newest: number): number {
  let seq = newest
  for (const text of sums.flatMap(({ rows }) => rows)) {
    seq++
    sql.exec('INSERT OR REPLACE INTO requests VALUES (?, ?, ?)', seq % size, seq, text)
  }
  return seq
}

/** The number of the newest row; 0 if there is none. */
export function newestRow(sql: SqlStorage): number {
  return Number(sql.exec('SELECT max(seq) AS seq FROM requests').toArray()[0]?.seq ?? 0)
}

/** The rows that a query asks for, newest first. */
export function readRing(sql: SqlStorage, query: RingQuery, nowMs: number): NumberedRow[] {
  const oldestMs = nowMs - REQUEST_LOG_DAYS * 86_400_000
  const rows: NumberedRow[] = []
  const { before = Number.MAX_SAFE_INTEGER, since = 0, size } = query
  if (size === 0) return []
  const stored = sql.exec(
    'SELECT seq, row FROM requests WHERE seq < ? AND seq > ? ORDER BY seq DESC',
    before,
    Math.max(since, newestRow(sql) - size),
  )
  for (const { seq, row } of stored) {
    const numbered = { seq: Number(seq), ...unpackRow(String(row)) }
    if (Number(numbered.started_ms) >= oldestMs && fits(numbered, query)) rows.push(numbered)
    if (rows.length >= query.limit) break
  }
  return rows
}

/** Deletes rows that are too old to be shown. */
export function pruneRing(sql: SqlStorage, nowMs: number): void {
  const oldestMs = nowMs - REQUEST_LOG_DAYS * 86_400_000
  for (const { slot, row } of sql.exec('SELECT slot, row FROM requests').toArray()) {
    if (Number(unpackRow(String(row)).started_ms) < oldestMs) {
      sql.exec('DELETE FROM requests WHERE slot = ?', slot)
    }
  }
}

function fits(row: NumberedRow, { fields, status }: RingQuery): boolean {
  const seen = Number(row.status)
  if (status && (seen < status[0] || seen > status[1])) return false
  return Object.entries(fields).every(([field, value]) => (row[field as keyof RequestRow] ?? '') === value)
}
