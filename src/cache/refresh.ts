import { keepNewest } from '../newest.ts'
import { REFRESH_MEMORY_ENTRIES, REFRESH_PAUSE_SECONDS } from './constants.ts'

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
  keepNewest(notBeforeMs, name, nowMs + REFRESH_PAUSE_SECONDS * 1000, REFRESH_MEMORY_ENTRIES)
  return true
}
