import { type Heap, pop, push } from '../../lib/heap.ts'

/** Rates are named per minute. */
export const RATE_WINDOW_SECONDS = 60

const WINDOW_MS = RATE_WINDOW_SECONDS * 1000

/** Settled requests stay in the heap of expiries until it holds this many times what is open. */
const MAX_STALE_SHARE = 2

/** Below this size a heap is not worth rebuilding. */
const SMALL_HEAP = 64

/** One request in the log of the last minute. */
export interface RateEntry {
  id: string
  atMs: number
  /** Estimated until the request is settled, real from then on; 0 where they are used over hours. */
  tokens: number
  isDeferred?: boolean
}

/**
 * What rates are counted on: a log of single requests, because counters for whole minutes would allow twice the limit
 * through around the turn of a minute. A Durable Object keeps it in memory and rebuilds it from its table.
 */
export interface RequestLedger {
  /** The moment it was last brought up to; time never runs backwards here, whatever the callers' clocks say. */
  nowMs: number
  /** Requests of the last minute, oldest first. */
  minute: RateEntry[]
  minuteTokens: number
  /** The same requests by id. */
  byId: Map<string, RateEntry>
  /** Requests that are not settled, with the moment each of them expires. */
  open: Map<string, number>
  /** Ids by the moment they expire; also of requests that were settled since. */
  expiries: Heap<string>
}

/** The ledger of a meter that has not been asked yet. */
export function emptyLedger(): RequestLedger {
  return { nowMs: 0, minute: [], minuteTokens: 0, byId: new Map(), open: new Map(), expiries: [] }
}

/**
 * Drops what has left the window and what has expired.
 *
 * @returns the ids that have expired unsettled.
 */
export function advance(ledger: RequestLedger, nowMs: number): string[] {
  ledger.nowMs = Math.max(ledger.nowMs, nowMs)
  dropOldEntries(ledger)
  const expired: string[] = []
  for (let next = ledger.expiries[0]; next && next.rank <= ledger.nowMs; next = ledger.expiries[0]) {
    pop(ledger.expiries)
    if (ledger.open.get(next.value) !== next.rank) continue
    ledger.open.delete(next.value)
    expired.push(next.value)
  }
  return expired
}

/** Adds a granted request; `expiresMs` is undefined for one that is settled already. */
export function enter(ledger: RequestLedger, entry: RateEntry, expiresMs: number | undefined): void {
  ledger.minute.push(entry)
  ledger.byId.set(entry.id, entry)
  ledger.minuteTokens += entry.tokens
  if (expiresMs === undefined) return
  ledger.open.set(entry.id, expiresMs)
  push(ledger.expiries, expiresMs, entry.id)
}

/** Replaces estimated tokens by real ones and ends the request's flight; unknown ids change nothing. */
export function close(ledger: RequestLedger, id: string, tokens: number): void {
  endFlight(ledger, id)
  const entry = ledger.byId.get(id)
  if (!entry || entry.isDeferred) return
  ledger.minuteTokens += tokens - entry.tokens
  entry.tokens = tokens
}

/** Takes a request out as if it had never been made. */
export function remove(ledger: RequestLedger, id: string): void {
  endFlight(ledger, id)
  const entry = ledger.byId.get(id)
  if (!entry) return
  ledger.byId.delete(id)
  ledger.minute.splice(ledger.minute.lastIndexOf(entry), 1)
  ledger.minuteTokens -= entry.tokens
}

function dropOldEntries(ledger: RequestLedger): void {
  const { minute } = ledger
  let old = 0
  for (let entry = minute[0]; entry && entry.atMs <= ledger.nowMs - WINDOW_MS; entry = minute[old]) {
    ledger.minuteTokens -= entry.tokens
    ledger.byId.delete(entry.id)
    old++
  }
  if (old > 0) minute.splice(0, old)
}

/** A heap cannot drop an item from its middle, so it is rebuilt once most of it is stale. */
function endFlight(ledger: RequestLedger, id: string): void {
  ledger.open.delete(id)
  const { expiries, open } = ledger
  if (expiries.length < SMALL_HEAP || expiries.length < MAX_STALE_SHARE * open.size) return
  const fresh: Heap<string> = []
  for (const [each, expiresMs] of open) push(fresh, expiresMs, each)
  ledger.expiries = fresh
}
