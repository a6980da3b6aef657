import { setBounded } from '../lib/bounded-map.ts'

/**
 * How long an isolate leaves an entry alone after it began to refresh it: a Worker's work behind an answer ends after 30 s,
 * and for another 30 s KV may still show the old entry.
 */
const REFRESH_PAUSE_SECONDS = 60

/** Entries whose refresh an isolate remembers; about 100 bytes each. */
const REFRESH_MEMORY_ENTRIES = 1000

/** When this isolate may refresh an entry again, by its name; oldest first. */
const notBeforeMs = new Map<string, number>()

/**
 * Claims the refresh of an entry for one request of this isolate (promise P5).
 *
 * @param nowMs milliseconds since 1970.
 * @returns false where another one claimed it less than REFRESH_PAUSE_SECONDS ago.
 */
export function claimRefresh(name: string, nowMs: number): boolean {
  if ((notBeforeMs.get(name) ?? 0) > nowMs) return false
  setBounded(notBeforeMs, name, nowMs + REFRESH_PAUSE_SECONDS * 1000, REFRESH_MEMORY_ENTRIES)
  return true
}
