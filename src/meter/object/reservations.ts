import { dayOf, daysBefore } from '../../lib/calendar.ts'
import type { Reservation, TokenBudget } from '../metering.ts'
import { emptyLedger, enter, type Ledger, RATE_WINDOW_SECONDS } from './ledger.ts'
import type { Spent } from './limits.ts'

/** A settlement may come after its reservation expired (a stream of hours); a day later it is lost for good. */
const LATE_SETTLEMENT_HOURS = 24

/** A budget looks back to the first of the month; the month before stays for a while in case of a question. */
export const SPENT_DAYS = 62

/** A row of the table: what was charged for a request, and when. */
export interface StoredReservation {
  id: string
  atMs: number
  tokens: number
  money: number
  session: string | undefined
  settled: boolean
}

/** The log of the last minute and the requests in flight, as an object that was asleep or moved finds them. */
export function readLedger(sql: SqlStorage, nowMs: number): Ledger {
  const ledger = emptyLedger()
  const rows = sql.exec(
    `SELECT id, at_ms, expires_ms, tokens, settled FROM reservations
     WHERE at_ms > ? OR (settled = 0 AND expires_ms > ?) ORDER BY at_ms`,
    nowMs - RATE_WINDOW_SECONDS * 1000,
    nowMs,
  )
  for (const row of rows) {
    const entry = { id: String(row.id), atMs: Number(row.at_ms), tokens: Number(row.tokens) }
    enter(ledger, entry, row.settled ? undefined : Number(row.expires_ms))
    ledger.nowMs = entry.atMs
  }
  return ledger
}

/** Writes down a reservation that was granted, without charging it. */
export function insertReservation(
  sql: SqlStorage,
  asked: Reservation,
  budget: TokenBudget | undefined,
): void {
  sql.exec(
    'INSERT INTO reservations VALUES (?, ?, ?, ?, ?, ?, ?, 0)',
    asked.id,
    asked.nowMs,
    asked.expiresMs,
    asked.expiresMs + LATE_SETTLEMENT_HOURS * 3_600_000,
    asked.tokens,
    asked.money,
    budget?.tokenId ?? null,
  )
}

/**
 * Writes down a settlement whose reservation stands in another meter or in none, to know a second one by. Keeps as long as
 * a settlement that is told again may be on its way.
 */
export function insertSettled(
  sql: SqlStorage,
  id: string,
  atMs: number,
  nowMs: number,
  { tokens, money }: Spent,
): void {
  const untilMs = nowMs + RATE_WINDOW_SECONDS * 1000
  sql.exec(
    'INSERT INTO reservations VALUES (?, ?, ?, ?, ?, ?, NULL, 1)',
    id,
    atMs,
    nowMs,
    untilMs,
    tokens,
    money,
  )
}

/** What was charged for a reservation; undefined for an unknown id, and for one that was settled long ago. */
export function findReservation(sql: SqlStorage, id: string): StoredReservation | undefined {
  const [row] = sql.exec('SELECT * FROM reservations WHERE id = ?', id).toArray()
  if (!row) return undefined
  return {
    id,
    atMs: Number(row.at_ms),
    tokens: Number(row.tokens),
    money: Number(row.money),
    session: row.session === null ? undefined : String(row.session),
    settled: row.settled === 1,
  }
}

/** Puts real tokens in place of the estimate; the row stays for the window, and to know a second settlement by. */
export function closeReservation(sql: SqlStorage, id: string, tokens: number): void {
  sql.exec(
    `UPDATE reservations SET settled = 1, tokens = ?, kept_until_ms = max(expires_ms, at_ms + ?) WHERE id = ?`,
    tokens,
    RATE_WINDOW_SECONDS * 1000,
    id,
  )
}

/** Deletes a reservation, without taking back its charge. */
export function deleteReservation(sql: SqlStorage, id: string): void {
  sql.exec('DELETE FROM reservations WHERE id = ?', id)
}

/** Adds to what was spent on the day of a moment; a settlement adds the difference to its estimate, which may be less than 0. */
export function charge(sql: SqlStorage, atMs: number, { tokens, money }: Spent): void {
  sql.exec(
    `INSERT INTO spent VALUES (?, ?, ?)
     ON CONFLICT (day) DO UPDATE SET tokens = tokens + excluded.tokens, money = money + excluded.money`,
    dayOf(atMs),
    tokens,
    money,
  )
}

/** What a session token was used for so far. */
export function readSession(sql: SqlStorage, id: string): { requests: number; tokens: number } {
  const [row] = sql.exec('SELECT requests, tokens FROM sessions WHERE id = ?', id).toArray()
  return { requests: Number(row?.requests ?? 0), tokens: Number(row?.tokens ?? 0) }
}

/** Counts one more request with a session token. */
export function chargeSession(sql: SqlStorage, { tokenId, expiresMs }: TokenBudget, tokens: number): void {
  sql.exec(
    `INSERT INTO sessions VALUES (?, 1, ?, ?)
     ON CONFLICT (id) DO UPDATE SET requests = requests + 1, tokens = tokens + excluded.tokens`,
    tokenId,
    tokens,
    expiresMs,
  )
}

/** Corrects what was counted with a session token. */
export function correctSession(sql: SqlStorage, id: string, requests: number, tokens: number): void {
  sql.exec(
    'UPDATE sessions SET requests = requests + ?, tokens = tokens + ? WHERE id = ?',
    requests,
    tokens,
    id,
  )
}

/** Deletes what is needed no more. */
export function pruneReservations(sql: SqlStorage, nowMs: number): void {
  sql.exec('DELETE FROM reservations WHERE kept_until_ms <= ?', nowMs)
  sql.exec('DELETE FROM sessions WHERE expires_ms <= ?', nowMs)
  sql.exec('DELETE FROM spent WHERE day < ?', daysBefore(nowMs, SPENT_DAYS))
}
