import type { KeyRecord } from '../policy/key-record.ts'

/**
 * The cache generation of a key that enters a scope, or leaves one: that of the scope's other keys, so that it shares
 * their entries. If no key is left to share with, a new one, so that nothing that was purged comes back into reach.
 *
 * @param scope the scope that the key has from now on, `undefined` for none.
 * @param others the records of all other keys.
 * @returns milliseconds since 1970.
 */
export function enteredGeneration(
  scope: string | undefined,
  others: readonly KeyRecord[],
  nowMs: number,
): number {
  const generations = scopeMembers(scope, others).map((record) => record.cache_generation)
  return generations.length > 0 ? Math.max(...generations) : nowMs
}

/**
 * The cache generation that puts all entries of these keys out of reach: now, and past any before, even when two purges
 * fall on the same millisecond.
 */
export function purgedGeneration(records: readonly KeyRecord[], nowMs: number): number {
  return Math.max(nowMs, ...records.map((record) => record.cache_generation + 1))
}

/** The keys that share their cache entries under a scope; none share without one. */
export function scopeMembers(scope: string | undefined, records: readonly KeyRecord[]): KeyRecord[] {
  return scope === undefined ? [] : records.filter((record) => record.cache?.scope === scope)
}
