import type { CacheEntry } from './entry.ts'

/** An isolate has 128 MB for everything: this many answers of a few kB each are the ones that are hot at the moment. */
export const ANSWER_MEMORY_BYTES = 8 * 1024 * 1024

/** How long an isolate answers by itself: no longer than Workers KV may take to show an overwritten entry everywhere. */
export const ANSWER_MEMORY_SECONDS = 60

/** One large answer must not push out a hundred small ones. */
export const MAX_REMEMBERED_ANSWER_BYTES = 256 * 1024

/** What a remembered response weighs in addition to its body: its name, metadata and place, generously. */
const REMEMBERED_ANSWER_OVERHEAD_BYTES = 1024

interface Remembered {
  entry: CacheEntry
  untilMs: number
}

/** Answers this isolate read or wrote a moment ago, by their name; the one longest unused comes first. */
const remembered = new Map<string, Remembered>()
let heldBytes = 0

/**
 * An answer that was read or written here a moment ago. It saves the lookup in KV, and closes a gap: after a miss KV goes
 * on saying "nothing" for its `cacheTtl`, so that for half a minute a fresh answer would be paid for again and again.
 *
 * @param nowMs milliseconds since 1970.
 */
export function recallEntry(name: string, nowMs: number): CacheEntry | undefined {
  const found = remembered.get(name)
  if (!found) return undefined
  forget(name, found)
  if (nowMs >= found.untilMs) return undefined
  hold(name, found)
  return found.entry
}

/**
 * Keeps an answer for ANSWER_MEMORY_SECONDS, unless it is large or a later one is held. What is over goes, and the longest
 * unused make room.
 *
 * @returns the later of the answer and the one that was held.
 */
export function rememberEntry(name: string, entry: CacheEntry, nowMs: number): CacheEntry {
  const held = remembered.get(name)
  if (held && held.entry.metadata.storedAtMs > entry.metadata.storedAtMs) return held.entry
  if (held) forget(name, held)
  if (entry.body.byteLength > MAX_REMEMBERED_ANSWER_BYTES) return entry
  hold(name, { entry, untilMs: nowMs + 1000 * ANSWER_MEMORY_SECONDS })
  for (const [oldest, least] of remembered) {
    if (heldBytes <= ANSWER_MEMORY_BYTES && nowMs < least.untilMs) break
    forget(oldest, least)
  }
  return entry
}

function hold(name: string, value: Remembered): void {
  remembered.set(name, value)
  heldBytes += sizeOf(value)
}

function forget(name: string, value: Remembered): void {
  remembered.delete(name)
  heldBytes -= sizeOf(value)
}

function sizeOf({ entry }: Remembered): number {
  return entry.body.byteLength + REMEMBERED_ANSWER_OVERHEAD_BYTES
}
