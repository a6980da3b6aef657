import type { Moment } from '../brain/moments.ts'
import type { Reply } from '../brain/reply.ts'
import { type Frame, typedFrame } from '../frames.ts'
import type { JsonObject } from '../json.ts'
import { type Counts, usageOf } from '../tokens.ts'

/** One increment of a content block: its id and start, and the added content. */
interface BlockStep {
  key: string
  start: JsonObject
  delta: JsonObject | undefined
  counts: Counts
}

/**
 * Anthropic's events of a message, in order: message_start; start, deltas and stop of each block; message_delta with
 * the usage; message_stop.
 */
export function messageEvents(
  start: JsonObject,
  reply: Reply,
  all: readonly Moment[],
  input: Counts,
  stopReason: string,
): Frame[] {
  const frames: Frame[] = []
  let counts = input
  const add = (type: string, members: JsonObject): void => {
    frames.push({ text: typedFrame(type, { type, ...members }), usage: usageOf(counts) })
  }
  add('message_start', { message: start })
  let index = -1
  let open: string | undefined
  for (const step of all.flatMap((moment) => blockSteps(moment, reply))) {
    counts = step.counts
    if (step.key !== open) {
      if (open !== undefined) add('content_block_stop', { index })
      index++
      open = step.key
      add('content_block_start', { index, content_block: step.start })
    }
    if (step.delta !== undefined) add('content_block_delta', { index, delta: step.delta })
  }
  if (open !== undefined) add('content_block_stop', { index })
  add('message_delta', {
    delta: { stop_reason: stopReason, stop_sequence: null },
    usage: { output_tokens: counts.output },
  })
  add('message_stop', {})
  return frames
}

function blockSteps({ counts, reasoning, text, tools }: Moment, reply: Reply): BlockStep[] {
  if (reasoning !== '') {
    const start = { type: 'thinking', thinking: '', signature: '' }
    return [{ key: 'thinking', start, delta: { type: 'thinking_delta', thinking: reasoning }, counts }]
  }
  if (text !== '') {
    return [{ key: 'text', start: { type: 'text', text: '' }, delta: { type: 'text_delta', text }, counts }]
  }
  return tools
    .filter((fragment) => fragment.arguments !== '')
    .map((fragment) => {
      const call = reply.toolCalls[fragment.index]
      const start = { type: 'tool_use', id: call?.id ?? '', name: call?.name ?? '', input: {} }
      const delta = { type: 'input_json_delta', partial_json: fragment.arguments }
      return { key: `tool ${fragment.index}`, start, delta, counts }
    })
}
