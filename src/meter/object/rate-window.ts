import { type Heap, pop, push } from '../../lib/heap.ts'
import { isRenewal } from '../renewal-ids.ts'

/** The window of rate limits: a minute. */
export const RATE_WINDOW_SECONDS = 60

const WINDOW_MS = RATE_WINDOW_SECONDS * 1000

/** The heap of expiries is rebuilt without settled requests when it has more than this many times the open ones. */
const MAX_STALE_SHARE = 2

/** Smaller heaps are not worth rebuilding. */
const SMALL_HEAP = 64

/** One request in the log of the last minute. */
export interface RateEntry {
  id: string
  atMs: number
  /** Estimated until the request is settled, then actual; 0 if the usage is spread over hours. */
  tokens: number
  isDeferred?: boolean
}

/**
 * The data for rate limits: a log of single requests, because counters per calendar minute would allow twice the
 * limit around the turn of a minute. A Durable Object keeps it in memory and rebuilds it from its table.
 */
export interface RateWindow {
  /** The time of the last update; it never decreases, whatever the callers' clocks. */
  nowMs: number
  /** Requests of the last minute, oldest first. */
  minute: RateEntry[]
  minuteTokens: number
  /** Entries of the minute that continue an earlier request; they are not requests of their own. */
  renewals: number
  /** The same requests by id. */
  byId: Map<string, RateEntry>
  /** Unsettled requests, with their expiry times. */
  open: Map<string, number>
  /** Ids by expiry time, including requests that were settled since. */
  expiries: Heap<string>
}

/** An empty window. */
export function emptyWindow(): RateWindow {
  return {
    nowMs: 0,
    minute: [],
    minuteTokens: 0,
    renewals: 0,
    byId: new Map(),
    open: new Map(),
    expiries: [],
  }
}

/**
 * Removes requests that have left the window or expired.
 *
 * @returns the ids of requests that expired unsettled.
 */
export function advance(rateWindow: RateWindow, nowMs: number): string[] {
  rateWindow.nowMs = Math.max(rateWindow.nowMs, nowMs)
  dropOldEntries(rateWindow)
  const expired: string[] = []
  for (
    let next = rateWindow.expiries[0];
    next && next.rank <= rateWindow.nowMs;
    next = rateWindow.expiries[0]
  ) {
    pop(rateWindow.expiries)
    if (rateWindow.open.get(next.value) !== next.rank) continue
    rateWindow.open.delete(next.value)
    expired.push(next.value)
  }
  return expired
}

/** Adds a granted request; `expiresMs` is undefined if it is already settled. */
export function enter(rateWindow: RateWindow, entry: RateEntry, expiresMs: number | undefined): void {
  rateWindow.minute.push(entry)
  rateWindow.byId.set(entry.id, entry)
  rateWindow.minuteTokens += entry.tokens
  if (isRenewal(entry.id)) rateWindow.renewals++
  if (expiresMs === undefined) return
  rateWindow.open.set(entry.id, expiresMs)
  push(rateWindow.expiries, expiresMs, entry.id)
}

/** Replaces estimated tokens by actual ones; the request is no longer in flight. Unknown ids are ignored. */
export function close(rateWindow: RateWindow, id: string, tokens: number): void {
  endFlight(rateWindow, id)
  const entry = rateWindow.byId.get(id)
  if (!entry || entry.isDeferred) return
  rateWindow.minuteTokens += tokens - entry.tokens
  entry.tokens = tokens
}

/** Removes a request as if it had never been made. */
export function remove(rateWindow: RateWindow, id: string): void {
  endFlight(rateWindow, id)
  const entry = rateWindow.byId.get(id)
  if (!entry) return
  rateWindow.byId.delete(id)
  rateWindow.minute.splice(rateWindow.minute.lastIndexOf(entry), 1)
  rateWindow.minuteTokens -= entry.tokens
  if (isRenewal(id)) rateWindow.renewals--
}

function dropOldEntries(rateWindow: RateWindow): void {
  const { minute } = rateWindow
  let old = 0
  for (let entry = minute[0]; entry && entry.atMs <= rateWindow.nowMs - WINDOW_MS; entry = minute[old]) {
    rateWindow.minuteTokens -= entry.tokens
    if (isRenewal(entry.id)) rateWindow.renewals--
    rateWindow.byId.delete(entry.id)
    old++
  }
  if (old > 0) minute.splice(0, old)
}

/** Items cannot be removed from the middle of a heap, so it is rebuilt when most of it is stale. */
function endFlight(rateWindow: RateWindow, id: string): void {
  rateWindow.open.delete(id)
  const { expiries, open } = rateWindow
  if (expiries.length < SMALL_HEAP || expiries.length < MAX_STALE_SHARE * open.size) return
  const fresh: Heap<string> = []
  for (const [each, expiresMs] of open) push(fresh, expiresMs, each)
  rateWindow.expiries = fresh
}
