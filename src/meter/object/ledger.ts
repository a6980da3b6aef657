/** Rates are named per minute. */
export const RATE_WINDOW_SECONDS = 60

const WINDOW_MS = RATE_WINDOW_SECONDS * 1000

/** One request in the log of the last minute. */
export interface Entry {
  id: string
  atMs: number
  /** Estimated until the request is settled, real from then on. */
  tokens: number
}

/**
 * What rates are counted on: a log of single requests, because counters for whole minutes would let twice the limit
 * through around the turn of a minute. A Durable Object keeps it in memory and rebuilds it from its table.
 */
export interface Ledger {
  /** The moment it was last brought up to; time never runs backwards here, whatever the callers' clocks say. */
  nowMs: number
  /** Requests of the last minute, oldest first. */
  minute: Entry[]
  minuteTokens: number
  /** Requests that are not settled, with the moment each of them expires. */
  open: Map<string, number>
}

/** The ledger of a meter that nobody has asked yet. */
export function emptyLedger(): Ledger {
  return { nowMs: 0, minute: [], minuteTokens: 0, open: new Map() }
}

/** Forgets what has left the window and what has expired; returns the moment that counts as now. */
export function advance(ledger: Ledger, nowMs: number): number {
  ledger.nowMs = Math.max(ledger.nowMs, nowMs)
  const gone = ledger.minute.findIndex((entry) => entry.atMs > ledger.nowMs - WINDOW_MS)
  const left = ledger.minute.splice(0, gone === -1 ? ledger.minute.length : gone)
  for (const entry of left) ledger.minuteTokens -= entry.tokens
  for (const [id, expiresMs] of ledger.open) if (expiresMs <= ledger.nowMs) ledger.open.delete(id)
  return ledger.nowMs
}

/** Enters a request that was let through; `expiresMs` is undefined for one that is settled already. */
export function enter(ledger: Ledger, entry: Entry, expiresMs: number | undefined): void {
  ledger.minute.push(entry)
  ledger.minuteTokens += entry.tokens
  if (expiresMs !== undefined) ledger.open.set(entry.id, expiresMs)
}

/** Puts real tokens in place of estimated ones and ends the request's flight; unknown ids change nothing. */
export function close(ledger: Ledger, id: string, tokens: number): void {
  ledger.open.delete(id)
  const entry = ledger.minute.findLast((each) => each.id === id)
  if (!entry) return
  ledger.minuteTokens += tokens - entry.tokens
  entry.tokens = tokens
}

/** Takes a request out as if it had never been made. */
export function remove(ledger: Ledger, id: string): void {
  ledger.open.delete(id)
  const index = ledger.minute.findLastIndex((each) => each.id === id)
  const [entry] = index === -1 ? [] : ledger.minute.splice(index, 1)
  if (entry) ledger.minuteTokens -= entry.tokens
}
