import { readFrames } from '../../../src/dashscope/stream/frames.ts'
import type { Framing } from '../../../src/dashscope/stream/framing.ts'
import { startJoin } from '../../../src/dashscope/stream/join.ts'

/** The framing of the streams written here, one for each dialect. */
export const TEXT: Framing = { format: 'native', incremental: true, includeUsage: true, choices: 1 }
export const CHAT: Framing = { ...TEXT, format: 'chat' }
export const ANTHROPIC: Framing = { ...TEXT, format: 'anthropic' }

/** A native stream with a frame for each body. */
export function native(...bodies: object[]): string {
  return bodies
    .map((body) => `id:1\nevent:result\n:HTTP_STATUS/200\ndata:${JSON.stringify(body)}\n\n`)
    .join('')
}

/** The body of a native frame in the text format. */
export function text(piece: string, reason = 'null'): object {
  return {
    output: { text: piece, finish_reason: reason },
    usage: { input_tokens: 1, output_tokens: 1 },
    request_id: 'r',
  }
}

/** A frame of a compatible stream. */
export function chunk(delta: object, reason: string | null = null, index = 0): string {
  return `data: ${JSON.stringify({ id: 'c', choices: [{ index, delta, finish_reason: reason }], usage: null })}\n\n`
}

/** An Anthropic stream with an event for each body. */
export function events(...bodies: { type: string; [field: string]: unknown }[]): string {
  return bodies.map((body) => `event: ${body.type}\ndata: ${JSON.stringify(body)}\n\n`).join('')
}

/** How an Anthropic stream begins and ends. */
export const START = {
  type: 'message_start',
  message: {
    id: 'm',
    type: 'message',
    content: [],
    stop_reason: null,
    usage: { input_tokens: 5, output_tokens: 0 },
  },
}
export const STOP = [
  { type: 'message_delta', delta: { stop_reason: 'end_turn' }, usage: { output_tokens: 2 } },
  { type: 'message_stop' },
]

/** What becomes of a stream. */
export function assembled(framing: Framing, stream: string) {
  const assembly = startJoin(framing)
  for (const frame of readFrames(new TextEncoder().encode(stream))) assembly.add(frame)
  return assembly.result()
}
