import type { Usage } from './tokens.ts'

/** One event of a stream, including its blank line, and the usage of the call after it. */
export interface Frame {
  text: string
  usage: Usage | undefined
}

/** A native frame with its number (from 1): no space after colons, LF only. */
export function nativeFrame(number: number, data: unknown): string {
  return `id:${number}\nevent:result\n:HTTP_STATUS/200\ndata:${JSON.stringify(data)}\n\n`
}

/** A chat completion chunk in OpenAI's framing. */
export function compatibleFrame(data: unknown): string {
  return `data: ${JSON.stringify(data)}\n\n`
}

/** The end of OpenAI-style streams; native and Anthropic streams have none. */
export const DONE_FRAME = 'data: [DONE]\n\n'

/** An event in the framing of Anthropic and OpenAI Responses. */
export function typedFrame(type: string, data: unknown): string {
  return `event: ${type}\ndata: ${JSON.stringify(data)}\n\n`
}
