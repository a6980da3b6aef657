import type { JsonObject } from '../json.ts'
import { tokensOf } from '../tokens.ts'

/**
 * Takes a text and how many alternatives were asked for; returns its `logprobs`, an entry a token. The emulator is
 * always sure: every logarithm is 0, and a request for alternatives gets only the token, as in the recorded answer
 * to `top_logprobs: 2`.
 */
export function logprobsOf(text: string, alternatives: number): JsonObject {
  const content = tokensOf(text).map((token) => {
    const entry = { logprob: 0, bytes: Array.from(new TextEncoder().encode(token)), token }
    return { top_logprobs: alternatives > 0 ? [entry] : [], ...entry }
  })
  return { content }
}
