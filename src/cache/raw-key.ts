import type { CacheKeyInput } from './key.ts'
import { ANSWER_MEMORY_SECONDS } from './memory.ts'

/** Questions whose rawKey an isolate remembers after they were answered from the cache: with the next number, at most 4 MB. */
export const RAW_KEY_MEMORY_ENTRIES = 500

/** A question of this many characters is a page of text; for longer ones hashing is the smaller part of the work. */
export const MAX_RAW_KEY_CHARACTERS = 4096

/** Names of entries that answered a moment ago, by the question as it was spelled; oldest first. */
const names = new Map<string, { name: string; untilMs: number }>()

/**
 * Memoises raw body → cache key: an identical body skips canonicalisation and hashing. A raw body always has the same cache
 * key, while one cache key has many raw bodies.
 *
 * @param text the body.
 * @param stream the meaning of the body's switches depends on it, as `omit` does (`isTransportOption`).
 * @returns undefined for one too long to be remembered, with its headers.
 */
export function rawKeyOf(
  { version, scope, host, path, headers }: CacheKeyInput,
  text: string,
  stream: boolean,
): string | undefined {
  const rawKey = JSON.stringify([version, scope, host, path, headers, stream]) + text
  return rawKey.length > MAX_RAW_KEY_CHARACTERS ? undefined : rawKey
}

/** The name that a question of this rawKey got before. */
export function cachedKey(rawKey: string): string | undefined {
  return names.get(rawKey)?.name
}

/**
 * Remembers the name of a question that was answered from the cache, as long as the answer itself: one that was asked once
 * may never be asked again.
 */
export function rememberKey(rawKey: string, name: string, nowMs: number): void {
  if (names.has(rawKey)) return
  names.set(rawKey, { name, untilMs: nowMs + 1000 * ANSWER_MEMORY_SECONDS })
  for (const [oldest, { untilMs }] of names) {
    if (names.size <= RAW_KEY_MEMORY_ENTRIES && nowMs < untilMs) return
    names.delete(oldest)
  }
}
