import type { CacheKeyInput } from './key.ts'
import { ANSWER_MEMORY_SECONDS } from './memory.ts'

/** Questions whose spelling an isolate remembers after they were answered from the cache: with the next number, at most 4 MB. */
export const SPELLING_MEMORY_ENTRIES = 500

/** A question of this many characters is a page of text; for longer ones hashing is the smaller part of the work. */
export const MAX_SPELLING_CHARACTERS = 4096

/** Names of entries that answered a moment ago, by the question as it was spelled; oldest first. */
const names = new Map<string, { name: string; untilMs: number }>()

/**
 * A question as its caller spelled it. One spelling always has the same name, while one name has many spellings; so whoever
 * comes again in the very same words needs neither the canonical form nor the hash.
 *
 * @param stream what the body's switches mean hangs on it, as `leftOut` does (`saysHowToSend`).
 * @returns undefined for one too long to be remembered, with its headers.
 */
export function spellingOf(
  { version, scope, host, path, headers, text }: CacheKeyInput,
  stream: boolean,
): string | undefined {
  const spelling = JSON.stringify([version, scope, host, path, headers, stream]) + text
  return spelling.length > MAX_SPELLING_CHARACTERS ? undefined : spelling
}

/** The name that a question of this spelling got before. */
export function recallName(spelling: string): string | undefined {
  return names.get(spelling)?.name
}

/**
 * Remembers the name of a question that was answered from the cache, as long as the answer itself: one that was asked once
 * may never be asked again.
 */
export function rememberName(spelling: string, name: string, nowMs: number): void {
  if (names.has(spelling)) return
  names.set(spelling, { name, untilMs: nowMs + 1000 * ANSWER_MEMORY_SECONDS })
  for (const [oldest, { untilMs }] of names) {
    if (names.size <= SPELLING_MEMORY_ENTRIES && nowMs < untilMs) return
    names.delete(oldest)
  }
}
