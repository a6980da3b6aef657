import { fingerprintOf } from '../lib/fingerprint.ts'
import type { CacheKeyInput } from './key.ts'
import { RESPONSE_MEMORY_SECONDS } from './memory.ts'

/** Raw keys that an isolate remembers after a cache hit; with the limit below, at most 4 MB. */
export const RAW_KEY_MEMORY_ENTRIES = 500

/** A page of text. For longer requests, hashing is the smaller part of the work. */
export const MAX_RAW_KEY_CHARACTERS = 4096

/** A request as it was sent: its body, and the other parts of its cache key. */
export interface RawKey {
  text: string
  parts: readonly unknown[]
}

interface Remembered {
  text: string
  /** The other parts as JSON. */
  parts: string
  cacheKey: string
  untilMs: number
}

/**
 * Cache keys of recent hits by the fingerprint of the body, oldest first: an identical request skips canonicalization
 * and hashing. Of two bodies with the same fingerprint, the later one is remembered.
 */
const remembered = new Map<number, Remembered>()

/**
 * The raw key of a request: its parts and its body as they were sent.
 *
 * @param text the body.
 * @param stream part of the raw key, because it determines which switches are omitted (`isTransportOption`).
 * @returns undefined if the body is too long to be remembered.
 */
export function rawKeyOf(
  { version, scope, host, path, headers }: CacheKeyInput,
  text: string,
  stream: boolean,
): RawKey | undefined {
  if (text.length > MAX_RAW_KEY_CHARACTERS) return undefined
  return { text, parts: [version, scope, host, path, headers, stream] }
}

/** The memoized cache key of a raw key. */
export function cachedKey({ text, parts }: RawKey): string | undefined {
  const found = remembered.get(fingerprintOf(text))
  return found?.text === text && found.parts === JSON.stringify(parts) ? found.cacheKey : undefined
}

/**
 * Memoizes the cache key of a request after a hit, for as long as the response is remembered. Requests without a hit
 * are not memoized: most never come again.
 */
export function rememberKey(rawKey: RawKey, cacheKey: string, nowMs: number): void {
  if (cachedKey(rawKey) !== undefined) return
  const { text } = rawKey
  const parts = JSON.stringify(rawKey.parts)
  if (parts.length + text.length > MAX_RAW_KEY_CHARACTERS) return
  const fingerprint = fingerprintOf(text)
  remembered.delete(fingerprint)
  remembered.set(fingerprint, { text, parts, cacheKey, untilMs: nowMs + 1000 * RESPONSE_MEMORY_SECONDS })
  for (const [oldest, { untilMs }] of remembered) {
    if (remembered.size <= RAW_KEY_MEMORY_ENTRIES && nowMs < untilMs) return
    remembered.delete(oldest)
  }
}
