import type { Usage } from './tokens.ts'

/** One event of a stream, whole with its blank line, and what the call has cost once it is out. */
export interface Frame {
  text: string
  usage: Usage | undefined
}

/** Takes a frame's number (from 1) and its data; returns DashScope's own framing: no space after colons, LF only. */
export function nativeFrame(number: number, data: unknown): string {
  return `id:${number}\nevent:result\n:HTTP_STATUS/200\ndata:${JSON.stringify(data)}\n\n`
}

/** Takes a frame's data; returns OpenAI's framing of a chat completion chunk. */
export function compatibleFrame(data: unknown): string {
  return `data: ${JSON.stringify(data)}\n\n`
}

/** What OpenAI-style streams end with; native and Anthropic streams have nothing like it. */
export const DONE_FRAME = 'data: [DONE]\n\n'

/** Takes an event's type and data; returns the framing that Anthropic and OpenAI Responses share. */
export function typedFrame(type: string, data: unknown): string {
  return `event: ${type}\ndata: ${JSON.stringify(data)}\n\n`
}
