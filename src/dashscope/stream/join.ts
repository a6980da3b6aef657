import { parseObjectExactly } from '../../lib/json/exact.ts'
import { classifyEvent } from './first-event.ts'
import { type Frame, readFrames } from './frames.ts'
import type { Framing } from './framing.ts'
import { joinAnthropic } from './join-anthropic.ts'
import { joinChat } from './join-chat.ts'
import { joinCompletion } from './join-completion.ts'
import { joinNative } from './join-native.ts'
import type { Joiner } from './joiner.ts'

/**
 * The result of joining a stream: a response, an error of DashScope, or an incomplete stream, which must not look
 * like a response (promise P4).
 */
export type JoinResult =
  | { kind: 'whole'; text: string }
  | { kind: 'error'; status: number; data: string }
  | { kind: 'broken' }

/** Joins a response while its frames arrive. */
export interface Join {
  /** Takes the next frame; true if the stream cannot be joined any more, so that the rest need not be read. */
  add: (frame: Frame) => boolean
  result: () => JoinResult
}

/** Starts to join a stream; only the response so far is kept in memory. */
export function startJoin(framing: Framing): Join {
  const joiner = joinerFor(framing)
  let failure: JoinResult | undefined
  return {
    add: (frame) => {
      failure ??= failureOf(joiner, frame)
      return failure !== undefined
    },
    result: () => {
      const response = failure ? undefined : joiner.finish()
      return response ? { kind: 'whole', text: JSON.stringify(response) } : (failure ?? { kind: 'broken' })
    },
  }
}

/**
 * Joins a complete stream into a non-stream response.
 *
 * @returns its JSON text, or undefined if the stream is not complete or contains an error.
 */
export function joinEvents(bytes: Uint8Array, framing: Framing): string | undefined {
  const assembly = startJoin(framing)
  for (const frame of readFrames(bytes)) assembly.add(frame)
  const assembled = assembly.result()
  return assembled.kind === 'whole' ? assembled.text : undefined
}

function joinerFor(framing: Framing): Joiner {
  switch (framing.format) {
    case 'chat':
      return joinChat(framing)
    case 'completion':
      return joinCompletion(framing)
    case 'anthropic':
      return joinAnthropic()
    case 'native':
      return joinNative(framing)
  }
}

function failureOf(joiner: Joiner, { event, data, status }: Frame): JoinResult | undefined {
  if (data.trim() === '[DONE]') {
    joiner.done()
    return undefined
  }
  if (data.trim() === '') return undefined
  const body = event === 'error' ? undefined : parseObjectExactly(data)
  if (body && joiner.add(body)) return undefined
  const verdict = classifyEvent(event, data, status)
  return verdict.kind === 'error' && parseObjectExactly(data) ? verdict : { kind: 'broken' }
}
