import { isJsonObject, type JsonObject } from '../../lib/json/object.ts'
import type { Framing } from './framing.ts'
import { piecesOf } from './pieces.ts'

/**
 * Makes the chunks of a text completion: the text in pieces, `finish_reason` in the last chunk of a choice, the usage
 * in a separate chunk if requested, and `[DONE]`.
 */
export function splitCompletion(response: JsonObject, { includeUsage }: Framing): string | undefined {
  const { choices, usage, ...head } = response
  if (!Array.isArray(choices) || (includeUsage && !isJsonObject(usage))) return undefined
  const chunks: JsonObject[] = []
  for (const choice of choices) {
    if (!isJsonObject(choice) || typeof choice.text !== 'string') return undefined
    const { text, finish_reason: reason, ...others } = choice
    for (const piece of piecesOf(text)) {
      chunks.push({ ...head, choices: [{ ...others, text: piece, finish_reason: null, logprobs: null }] })
    }
    chunks.push({ ...head, choices: [{ ...others, text: '', finish_reason: reason }] })
  }
  if (includeUsage) chunks.push({ ...head, choices: [], usage })
  return `${chunks.map((chunk) => `data: ${JSON.stringify(chunk)}\n\n`).join('')}data: [DONE]\n\n`
}
