import { parseExactly } from '../../lib/json/exact.ts'
import { isJsonObject, type JsonObject } from '../../lib/json/object.ts'
import type { Assembler } from './joiner.ts'

/** Which field of a block each delta continues (Anthropic API reference, "streaming messages"). */
const CONTINUED: Readonly<Record<string, string>> = {
  text_delta: 'text',
  thinking_delta: 'thinking',
  signature_delta: 'signature',
}

/**
 * Puts Anthropic's events together: the message of `message_start`, its blocks, and what `message_delta` says of the end.
 * It is complete with `message_stop`. A delta that is not known makes it incomplete: what it adds would be missing.
 */
export function assembleAnthropic(): Assembler {
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
        Object.assign(message, delta, { usage: withOutput(message.usage, event.usage) })
      } else if (type === 'message_stop') isDone = true
      else return type === 'ping' || type === 'content_block_stop'
      return true
    },
    done: () => undefined,
    finish: () => {
      if (!message || !isDone || typeof message.stop_reason !== 'string') return undefined
      for (const [block, input] of inputs) {
        const parsed = parse(input)
        if (!parsed) return undefined
        block.input = parsed
      }
      return { ...message, content: blocks.filter(isJsonObject) }
    },
  }
}

/** `message_start` counts the input and `message_delta` the output; a 0 in the latter says only that it did not count. */
function withOutput(start: unknown, end: unknown): JsonObject {
  const usage = isJsonObject(start) ? { ...start } : {}
  for (const [key, value] of Object.entries(isJsonObject(end) ? end : {})) {
    if (value || usage[key] === undefined) usage[key] = value
  }
  return usage
}

/** A tool without arguments may come without a piece of JSON. */
function parse(text: string): JsonObject | undefined {
  try {
    const value = parseExactly(text || '{}')
    return isJsonObject(value) ? value : undefined
  } catch {
    return undefined
  }
}
