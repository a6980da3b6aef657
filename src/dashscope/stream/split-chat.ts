import { isJsonObject, type JsonObject } from '../../lib/json/object.ts'
import { type Delta, deltasOf, readMessage } from './deltas.ts'
import type { Framing } from './framing.ts'

/**
 * Makes the chunks of a chat completion (OpenAI API reference, "chat completion chunk"): the role in the first chunk
 * of a choice, `finish_reason` in the last, the usage in a separate chunk if requested, and `[DONE]`.
 */
export function splitChat(response: JsonObject, { includeUsage }: Framing): string | undefined {
  const { choices, usage, ...head } = response
  if (!Array.isArray(choices) || (includeUsage && !isJsonObject(usage))) return undefined
  const envelope = { ...head, object: 'chat.completion.chunk' }
  const chunks: JsonObject[] = []
  for (const choice of choices) {
    const own = isJsonObject(choice) ? choicesOf(choice) : undefined
    if (!own) return undefined
    for (const each of own) chunks.push({ ...envelope, choices: [each], usage: null })
  }
  if (includeUsage) chunks.push({ ...envelope, choices: [], usage })
  return `${chunks.map((chunk) => `data: ${JSON.stringify(chunk)}\n\n`).join('')}data: [DONE]\n\n`
}

function choicesOf(choice: JsonObject): JsonObject[] | undefined {
  const { message, index = 0, finish_reason: reason, ...others } = choice
  const spoken = isJsonObject(message) ? readMessage(message) : undefined
  // Responses of chat completions have no parts; how a stream would send them is unknown.
  if (!isJsonObject(message) || !spoken || spoken.isParts) return undefined
  const thinks = typeof message.reasoning_content === 'string'
  const { role = 'assistant', ...rest } = spoken.others
  const deltas = deltasOf(spoken).map((step) => deltaOf(step, thinks))
  const [first = {}, ...more] = [
    ...deltas,
    { content: '', ...(thinks && { reasoning_content: '' }), ...rest },
  ]
  const all: JsonObject[] = [{ role, ...first }, ...more]
  return all.map((delta, at) => {
    const isLast = at === all.length - 1
    return isLast
      ? { ...others, delta, index, finish_reason: reason }
      : { delta, index, finish_reason: null, logprobs: null }
  })
}

/** Fields without an increment are `null` (DashScope, deep thinking in compatible mode). */
function deltaOf({ reasoning, text, calls }: Delta, thinks: boolean): JsonObject {
  if (calls.length > 0) return { content: null, tool_calls: calls }
  if (reasoning !== '') return { content: null, reasoning_content: reasoning }
  return { content: text, ...(thinks && { reasoning_content: null }) }
}
