import { fingerprintOf } from '../lib/fingerprint.ts'
import type { CacheEntry } from './entry.ts'

/** An isolate has 128 MB in total. These bytes hold the responses in current use, at a few kB each. */
export const RESPONSE_MEMORY_BYTES = 8 * 1024 * 1024

/**
 * How long an isolate serves an entry from memory: no longer than Workers KV may take to show an overwritten entry
 * everywhere.
 */
export const RESPONSE_MEMORY_SECONDS = 60

/** One large response must not evict a hundred small ones. */
export const MAX_REMEMBERED_RESPONSE_BYTES = 256 * 1024

/** Estimated memory of a remembered response in addition to its body: its key, metadata and map entry. */
const REMEMBERED_RESPONSE_OVERHEAD_BYTES = 1024

interface RememberedEntry {
  cacheKey: string
  entry: CacheEntry
  untilMs: number
}

/** Responses that this isolate recently read or wrote, by the fingerprint of their cache key; least recently used first. */
const remembered = new Map<number, RememberedEntry>()
let heldBytes = 0

/**
 * An entry that this isolate recently read or wrote. It saves the KV lookup and closes a gap: after a miss KV may
 * report a miss for its `cacheTtl`, and for half a minute a fresh response would be paid for repeatedly.
 *
 * @param nowMs milliseconds since 1970.
 */
export function recallEntry(cacheKey: string, nowMs: number): CacheEntry | undefined {
  const fingerprint = fingerprintOf(cacheKey)
  const found = remembered.get(fingerprint)
  if (found?.cacheKey !== cacheKey) return undefined
  forget(fingerprint, found)
  if (nowMs >= found.untilMs) return undefined
  hold(fingerprint, found)
  return found.entry
}

/**
 * Remembers an entry for RESPONSE_MEMORY_SECONDS, unless it is large or a newer one is remembered. Evicts an entry with
 * the same fingerprint, expired entries, then the least recently used.
 *
 * @returns the newer of the two entries.
 */
export function rememberEntry(cacheKey: string, entry: CacheEntry, nowMs: number): CacheEntry {
  const fingerprint = fingerprintOf(cacheKey)
  const held = remembered.get(fingerprint)
  if (held?.cacheKey === cacheKey && held.entry.metadata.storedAtMs > entry.metadata.storedAtMs)
    return held.entry
  if (held) forget(fingerprint, held)
  if (entry.body.byteLength > MAX_REMEMBERED_RESPONSE_BYTES) return entry
  hold(fingerprint, { cacheKey, entry, untilMs: nowMs + 1000 * RESPONSE_MEMORY_SECONDS })
  for (const [oldest, least] of remembered) {
    if (heldBytes <= RESPONSE_MEMORY_BYTES && nowMs < least.untilMs) break
    forget(oldest, least)
  }
  return entry
}

function hold(fingerprint: number, value: RememberedEntry): void {
  remembered.set(fingerprint, value)
  heldBytes += sizeOf(value)
}

function forget(fingerprint: number, value: RememberedEntry): void {
  remembered.delete(fingerprint)
  heldBytes -= sizeOf(value)
}

function sizeOf({ entry }: RememberedEntry): number {
  return entry.body.byteLength + REMEMBERED_RESPONSE_OVERHEAD_BYTES
}
