import type { Endpoint } from '../dashscope/endpoint.ts'
import { countMedia } from '../dashscope/media.ts'
import { isJsonObject } from '../lib/json/object.ts'

/** UTF-8 bytes a token, of JSON with English or Chinese text in it; Qwen's tokenizer takes about 4 and 5. */
const ESTIMATED_BYTES_PER_TOKEN = 4

/** Output of a request that names no bound: longer than most answers, shorter than what a model may write. */
export const ESTIMATED_OUTPUT_TOKENS = 1000

/** More than any model writes: `max_tokens` is the caller's word, and sums with absurd numbers in them lose their last digits. */
const MAX_ESTIMATED_OUTPUT_TOKENS = 1_000_000

/** An image of usual size (visual understanding page: 28 or 32 pixels a side make a token). */
const ESTIMATED_TOKENS_PER_MEDIUM = 1200

const LENGTH_FIELDS = ['max_tokens', 'max_completion_tokens', 'max_output_tokens']

/**
 * The tokens a request may use, for its reservation: the text by its size, media by their number, and the output it asks
 * for. A guess on purpose: it only has to keep a thousand requests at the same moment from all spending one remainder, and
 * is corrected as soon as the answer says what it used.
 *
 * @param body the parsed body; what is no object (a form, no body at all) is estimated as nothing.
 * @param bytes the size of the whole body.
 */
export function estimateTokens(
  endpoint: Endpoint,
  body: unknown,
  bytes: number,
): { input: number; output: number } {
  if (!isJsonObject(body)) return { input: 0, output: 0 }
  const media = countMedia(body)
  const text = Math.max(0, bytes - media.bytes)
  const input = Math.ceil(text / ESTIMATED_BYTES_PER_TOKEN) + media.parts * ESTIMATED_TOKENS_PER_MEDIUM
  if (!endpoint.isGenerated) return { input, output: 0 }
  const places = isJsonObject(body.parameters) ? [body, body.parameters] : [body]
  const asked = places.flatMap((place) => LENGTH_FIELDS.map((name) => place[name])).filter(isCount)
  const answers = places.map((place) => place.n).filter(isCount)
  const each = asked.length > 0 ? Math.max(...asked) : ESTIMATED_OUTPUT_TOKENS
  return { input, output: Math.min(each * Math.max(1, ...answers), MAX_ESTIMATED_OUTPUT_TOKENS) }
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && value > 0 && Number.isSafeInteger(value)
}
