import {
  ANSWER_MEMORY_BYTES,
  ANSWER_MEMORY_SECONDS,
  MAX_REMEMBERED_ANSWER_BYTES,
  REMEMBERED_ANSWER_OVERHEAD_BYTES,
} from './constants.ts'
import type { Entry } from './store.ts'

interface Remembered {
  entry: Entry
  untilMs: number
}

/** Answers this isolate read or wrote a moment ago, by their name; the one longest unused comes first. */
const remembered = new Map<string, Remembered>()
let heldBytes = 0

/**
 * An answer that was read or written here a moment ago. It saves the look-up in KV, and closes a gap: after a miss KV goes
 * on saying "nothing" for its `cacheTtl`, so that for half a minute a fresh answer would be paid for again and again.
 *
 * @param nowMs milliseconds since 1970.
 */
export function recallEntry(name: string, nowMs: number): Entry | undefined {
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
export function rememberEntry(name: string, entry: Entry, nowMs: number): Entry {
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
