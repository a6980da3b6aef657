import { parseObjectExactly } from '../../lib/json/exact.ts'
import { isJsonObject, type JsonObject } from '../../lib/json/object.ts'
import type { Joiner } from './joiner.ts'
import { mergeFields } from './usage.ts'

/** Events that add to the message; if one has an unknown format, the message is incomplete. */
const ADDING: readonly unknown[] = [
  'message_start',
  'content_block_start',
  'content_block_delta',
  'message_delta',
  undefined,
]

/** The field of a block that each delta type continues (Anthropic API reference, "streaming messages"). */
const CONTINUED: Readonly<Record<string, string>> = {
  text_delta: 'text',
  thinking_delta: 'thinking',
  signature_delta: 'signature',
}

/**
 * Joins Anthropic's events: the message from `message_start`, its blocks, and the stop reason from `message_delta`.
 * `message_stop` completes it. An unknown delta makes it incomplete, because its content would be missing; unknown
 * events add nothing.
 */
export function joinAnthropic(): Joiner {
  let message: JsonObject | undefined
  let isDone = false
  const blocks: JsonObject[] = []
  const inputs = new Map<JsonObject, string>()
  const addDelta = (block: JsonObject | undefined, delta: JsonObject): boolean => {
    const field = CONTINUED[String(delta.type)]
    const piece = delta[field ?? 'partial_json']
    if (!block || typeof piece !== 'string') return false
    if (field) block[field] = (typeof block[field] === 'string' ? block[field] : '') + piece
    else inputs.set(block, (inputs.get(block) ?? '') + piece)
    return true
  }
  return {
    add: (event) => {
      const { type, index, delta } = event
      if (type === 'message_start' && isJsonObject(event.message)) message = event.message
      else if (type === 'content_block_start' && isJsonObject(event.content_block))
        blocks[Number(index)] = event.content_block
      else if (type === 'content_block_delta' && isJsonObject(delta))
        return addDelta(blocks[Number(index)], delta)
      else if (type === 'message_delta' && message && isJsonObject(delta)) {
        Object.assign(message, delta, { usage: usageAfter(message.usage, event.usage) })
      } else if (type === 'message_stop') isDone = true
      else return isForeign(type)
      return true
    },
    done: () => undefined,
    finish: () => {
      if (!message || !isDone || typeof message.stop_reason !== 'string') return undefined
      for (const [block, input] of inputs) {
        // A call without arguments may have no JSON fragment.
        const parsed = parseObjectExactly(input || '{}')
        if (!parsed) return undefined
        block.input = parsed
      }
      return { ...message, content: blocks.filter(isJsonObject) }
    },
  }
}

/** Events that add nothing: `ping`, `content_block_stop`, and keepalives that Anthropic does not define. */
function isForeign(type: unknown): boolean {
  return type !== 'error' && !ADDING.includes(type)
}

/** Each field keeps its last value: `message_start` reports the input, `message_delta` the output and sometimes both. */
function usageAfter(start: unknown, end: unknown): JsonObject {
  return mergeFields(isJsonObject(start) ? start : undefined, isJsonObject(end) ? end : {})
}
