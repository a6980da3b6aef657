import { isJsonObject, type JsonObject } from '../../lib/json/object.ts'
import { piecesOf } from './pieces.ts'

/**
 * Makes the events of a message (Anthropic API reference, "streaming messages"). An unknown kind of block is sent
 * whole in its `content_block_start`, as Anthropic does for blocks without deltas.
 */
export function splitAnthropic(message: JsonObject): string | undefined {
  const { content, stop_reason: reason, stop_sequence: sequence = null, usage } = message
  if (!Array.isArray(content) || !content.every(isJsonObject) || !isJsonObject(usage)) return undefined
  const start = {
    ...message,
    content: [],
    stop_reason: null,
    stop_sequence: null,
    usage: { ...usage, output_tokens: 0 },
  }
  return [
    event('message_start', { message: start }),
    ...content.flatMap((block, index) => blockEvents(block, index)),
    event('message_delta', {
      delta: { stop_reason: reason, stop_sequence: sequence },
      usage: { output_tokens: usage.output_tokens },
    }),
    event('message_stop', {}),
  ].join('')
}

function blockEvents(block: JsonObject, index: number): string[] {
  const { start, deltas } = opened(block)
  return [
    event('content_block_start', { index, content_block: start }),
    ...deltas.map((delta) => event('content_block_delta', { index, delta })),
    event('content_block_stop', { index }),
  ]
}

/** The initial state of a block, and its deltas. */
function opened(block: JsonObject): { start: JsonObject; deltas: JsonObject[] } {
  const { type, text, thinking, signature, input } = block
  if (type === 'text' && typeof text === 'string') {
    const deltas = piecesOf(text).map((piece) => ({ type: 'text_delta', text: piece }))
    return { start: { ...block, text: '' }, deltas }
  }
  if (type === 'thinking' && typeof thinking === 'string') {
    const signed = typeof signature === 'string' && signature !== ''
    const deltas: JsonObject[] = piecesOf(thinking).map((piece) => ({
      type: 'thinking_delta',
      thinking: piece,
    }))
    if (signed) deltas.push({ type: 'signature_delta', signature })
    return { start: { ...block, thinking: '', ...(signed && { signature: '' }) }, deltas }
  }
  if (type === 'tool_use' && isJsonObject(input)) {
    const deltas = piecesOf(JSON.stringify(input)).map((piece) => ({
      type: 'input_json_delta',
      partial_json: piece,
    }))
    return { start: { ...block, input: {} }, deltas }
  }
  return { start: block, deltas: [] }
}

function event(type: string, members: JsonObject): string {
  return `event: ${type}\ndata: ${JSON.stringify({ type, ...members })}\n\n`
}
