import { UTC } from '../../lib/calendar.ts'
import { type Heap, push } from '../../lib/heap.ts'
import type { Reservation, TokenBudget } from '../metering.ts'
import type { Spent } from '../spent.ts'
import { emptyWindow, enter, RATE_WINDOW_SECONDS, type RateWindow } from './rate-window.ts'

/** A settlement may come after its reservation expired (a stream of hours); a day later it is considered lost. */
const LATE_SETTLEMENT_MS = 24 * 3_600_000

const WINDOW_MS = RATE_WINDOW_SECONDS * 1000

/** Budgets need the current month; the previous month is kept for a while for reference. */
export const SPENT_DAYS = 62

/** The columns by name: a migration has appended some, so their order in the table differs. */
const COLUMNS =
  'id, at_ms, expires_ms, kept_until_ms, tokens, money, audio_seconds, characters, session, settled'

/** A row of the table: the charge of a request and its time. */
export interface StoredReservation extends Spent {
  id: string
  atMs: number
  session: string | undefined
  settled: boolean
}

/** A meter's reservations in memory. */
export interface Reservations {
  rateWindow: RateWindow
  /** Rows that are kept temporarily, by the time of their deletion. */
  kept: Heap<string>
}

/**
 * Loads the log of the last minute and the requests in flight when the object starts. It reads the whole table, which
 * keeps settled requests for only a minute. There is no index for deletable rows: they are tracked in memory, and an
 * index would cost one more (paid) row write per request.
 */
export function readReservations(sql: SqlStorage, nowMs: number): Reservations {
  const rateWindow = emptyWindow()
  const kept: Heap<string> = []
  for (const row of sql.exec('SELECT * FROM reservations ORDER BY at_ms')) {
    const { id, atMs, tokens, settled } = storedFrom(row)
    const isOpen = !settled && Number(row.expires_ms) > nowMs
    if (!isOpen) push(kept, Number(row.kept_until_ms), id)
    if (!isOpen && atMs <= nowMs - WINDOW_MS) continue
    enter(rateWindow, { id, atMs, tokens }, isOpen ? Number(row.expires_ms) : undefined)
    rateWindow.nowMs = atMs
  }
  return { rateWindow, kept }
}

/**
 * Stores a granted reservation, without charging it.
 *
 * @returns false if the request is already settled; then nothing changes.
 */
export function insertReservation(
  sql: SqlStorage,
  asked: Reservation,
  budget: TokenBudget | undefined,
): boolean {
  const { rowsWritten } = sql.exec(
    `INSERT INTO reservations (${COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 0) ON CONFLICT (id) DO NOTHING`,
    asked.id,
    asked.nowMs,
    asked.expiresMs,
    keptWhenExpired(asked.expiresMs),
    asked.tokens,
    asked.money,
    asked.audioSeconds,
    asked.characters,
    budget?.tokenId ?? null,
  )
  return rowsWritten > 0
}

/** When the row of a request that expired unsettled can be deleted. */
export function keptWhenExpired(expiresMs: number): number {
  return expiresMs + LATE_SETTLEMENT_MS
}

/**
 * When the row of a settled request can be deleted: until then it counts in the window and detects a second
 * settlement.
 */
export function keptWhenSettled(atMs: number, nowMs: number): number {
  return Math.max(atMs, nowMs) + WINDOW_MS
}

/** Stores a settlement whose reservation is in another meter or in none, to detect a second one. */
export function insertSettled(
  sql: SqlStorage,
  id: string,
  { atMs, nowMs, tokens, money, audioSeconds, characters }: Spent & { atMs: number; nowMs: number },
): void {
  const insert = `INSERT INTO reservations (${COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, NULL, 1)`
  sql.exec(insert, id, atMs, nowMs, keptWhenSettled(atMs, nowMs), tokens, money, audioSeconds, characters)
}

/** The charge of a reservation; undefined for an unknown id, and for a request settled long ago. */
export function findReservation(sql: SqlStorage, id: string): StoredReservation | undefined {
  const [row] = sql.exec('SELECT * FROM reservations WHERE id = ?', id).toArray()
  return row && storedFrom(row)
}

/** Replaces the estimate of a reservation by the actual tokens, and marks it as settled. */
export function closeReservation(
  sql: SqlStorage,
  { id, atMs }: StoredReservation,
  tokens: number,
  nowMs: number,
): void {
  const update = 'UPDATE reservations SET settled = 1, tokens = ?, kept_until_ms = ? WHERE id = ?'
  sql.exec(update, tokens, keptWhenSettled(atMs, nowMs), id)
}

/** Deletes a reservation, without refunding its charge. */
export function deleteReservation(sql: SqlStorage, id: string): void {
  sql.exec('DELETE FROM reservations WHERE id = ?', id)
}

/** Adds to the spending of a day; a settlement adds the difference to its estimate, which may be negative. */
export function charge(sql: SqlStorage, day: string, spent: Spent): void {
  sql.exec(
    `INSERT INTO spent (day, tokens, money, audio_seconds, characters) VALUES (?, ?, ?, ?, ?)
     ON CONFLICT (day) DO UPDATE SET tokens = tokens + excluded.tokens, money = money + excluded.money,
       audio_seconds = audio_seconds + excluded.audio_seconds, characters = characters + excluded.characters`,
    day,
    spent.tokens,
    spent.money,
    spent.audioSeconds,
    spent.characters,
  )
}

/** The usage of a session token so far. */
export function readSession(sql: SqlStorage, id: string): { requests: number; tokens: number } {
  const [row] = sql.exec('SELECT requests, tokens FROM sessions WHERE id = ?', id).toArray()
  return { requests: Number(row?.requests ?? 0), tokens: Number(row?.tokens ?? 0) }
}

/** Adds to the counts of a session token. */
export function chargeSession(
  sql: SqlStorage,
  { tokenId, expiresMs }: TokenBudget,
  requests: number,
  tokens: number,
): void {
  sql.exec(
    `INSERT INTO sessions VALUES (?, ?, ?, ?)
     ON CONFLICT (id) DO UPDATE SET requests = requests + excluded.requests, tokens = tokens + excluded.tokens`,
    tokenId,
    requests,
    tokens,
    expiresMs,
  )
}

/** Corrects the counts of a session token. */
export function correctSession(sql: SqlStorage, id: string, requests: number, tokens: number): void {
  sql.exec(
    'UPDATE sessions SET requests = requests + ?, tokens = tokens + ? WHERE id = ?',
    requests,
    tokens,
    id,
  )
}

/** Deletes session tokens and days that are no longer needed. Both tables are small. */
export function pruneSpent(sql: SqlStorage, nowMs: number): void {
  sql.exec('DELETE FROM sessions WHERE expires_ms <= ?', nowMs)
  sql.exec('DELETE FROM spent WHERE day < ?', UTC.daysBefore(nowMs, SPENT_DAYS))
}

/** The spending in a row of `reservations` or `spent`. */
export function spentFrom(row: Record<string, SqlStorageValue>): Spent {
  return {
    tokens: Number(row.tokens),
    money: Number(row.money),
    audioSeconds: Number(row.audio_seconds),
    characters: Number(row.characters),
  }
}

function storedFrom(row: Record<string, SqlStorageValue>): StoredReservation {
  return {
    id: String(row.id),
    atMs: Number(row.at_ms),
    ...spentFrom(row),
    session: row.session === null ? undefined : String(row.session),
    settled: row.settled === 1,
  }
}
