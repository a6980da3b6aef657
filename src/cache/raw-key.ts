import type { CacheKeyInput } from './key.ts'
import { RESPONSE_MEMORY_SECONDS } from './memory.ts'

/** Raw keys that an isolate remembers after a cache hit; with the limit below, at most 4 MB. */
export const RAW_KEY_MEMORY_ENTRIES = 500

/** A page of text. For longer requests, hashing is the smaller part of the work. */
export const MAX_RAW_KEY_CHARACTERS = 4096

/**
 * Cache keys of recent hits by raw key, oldest first: an identical body skips canonicalization and hashing. A raw key
 * always has the same cache key, but several raw keys may share one.
 */
const cacheKeys = new Map<string, { cacheKey: string; untilMs: number }>()

/**
 * The raw key of a request: its parts and its body as they were sent.
 *
 * @param text the body.
 * @param stream part of the raw key, because it determines which switches are omitted (`isTransportOption`).
 * @returns undefined if body and headers are too long to be remembered.
 */
export function rawKeyOf(
  { version, scope, host, path, headers }: CacheKeyInput,
  text: string,
  stream: boolean,
): string | undefined {
  const rawKey = JSON.stringify([version, scope, host, path, headers, stream]) + text
  return rawKey.length > MAX_RAW_KEY_CHARACTERS ? undefined : rawKey
}

/** The memoized cache key of a raw key. */
export function cachedKey(rawKey: string): string | undefined {
  return cacheKeys.get(rawKey)?.cacheKey
}

/**
 * Memoizes the cache key of a request after a hit, for as long as the response is remembered. Requests without a hit
 * are not memoized: most never come again.
 */
export function rememberKey(rawKey: string, cacheKey: string, nowMs: number): void {
  if (cacheKeys.has(rawKey)) return
  cacheKeys.set(rawKey, { cacheKey, untilMs: nowMs + 1000 * RESPONSE_MEMORY_SECONDS })
  for (const [oldest, { untilMs }] of cacheKeys) {
    if (cacheKeys.size <= RAW_KEY_MEMORY_ENTRIES && nowMs < untilMs) return
    cacheKeys.delete(oldest)
  }
}
