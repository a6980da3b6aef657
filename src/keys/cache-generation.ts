import type { KeyRecord } from '../policy/key-record.ts'

/**
 * The cache generation of a key whose scope has changed: that of the scope's other keys, so that it shares their
 * entries. Without other keys it is a new one, so that purged entries do not become readable again.
 *
 * @param scope the new scope; `undefined` for none.
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
 * The cache generation that makes all entries of these keys unreadable: the current time, or one more than the last
 * generation if two purges happen in the same millisecond.
 */
export function purgedGeneration(records: readonly KeyRecord[], nowMs: number): number {
  return Math.max(nowMs, ...records.map((record) => record.cache_generation + 1))
}

/** The keys that share their cache entries under a scope; empty without a scope. */
export function scopeMembers(scope: string | undefined, records: readonly KeyRecord[]): KeyRecord[] {
  return scope === undefined ? [] : records.filter((record) => record.cache?.scope === scope)
}
