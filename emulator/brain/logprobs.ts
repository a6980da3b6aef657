import type { JsonObject } from '../json.ts'
import { tokensOf } from '../tokens.ts'

/**
 * The `logprobs` of a text, one entry per token. Every logarithm is 0, and the only alternative is the token itself,
 * as in the recorded response to `top_logprobs: 2`.
 */
export function logprobsOf(text: string, alternatives: number): JsonObject {
  const content = tokensOf(text).map((token) => {
    const entry = { logprob: 0, bytes: Array.from(new TextEncoder().encode(token)), token }
    return { top_logprobs: alternatives > 0 ? [entry] : [], ...entry }
  })
  return { content }
}
