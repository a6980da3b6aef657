import { parseExactly } from '../../lib/json/exact.ts'
import { isJsonObject, type JsonObject } from '../../lib/json/object.ts'
import { classifyEvent } from './first-event.ts'
import { type Frame, readFrames } from './frames.ts'
import type { Framing } from './framing.ts'
import { assembleAnthropic } from './join-anthropic.ts'
import { assembleChat } from './join-chat.ts'
import { assembleNative } from './join-native.ts'
import type { Assembler } from './joiner.ts'

/** What a stream came to: an answer, an error of DashScope's, or nothing that may pass for an answer (promise P4). */
export type Assembled =
  | { kind: 'whole'; text: string }
  | { kind: 'error'; status: number; data: string }
  | { kind: 'broken' }

/** An answer that is being put together as its frames come. */
export interface Assembly {
  /** Takes the next frame; true where it makes an answer impossible, and the rest need not be read. */
  add: (frame: Frame) => boolean
  result: () => Assembled
}

/** Begins to put a stream together; nothing of it is kept but the answer so far. */
export function startAssembly(framing: Framing): Assembly {
  const assembler = assemblerOf(framing)
  let failure: Assembled | undefined
  return {
    add: (frame) => {
      failure ??= failureOf(assembler, frame)
      return failure !== undefined
    },
    result: () => {
      const answer = failure ? undefined : assembler.finish()
      return answer ? { kind: 'whole', text: JSON.stringify(answer) } : (failure ?? { kind: 'broken' })
    },
  }
}

/**
 * Makes the non-stream answer of a stream that is there as a whole.
 *
 * @returns its JSON text, or undefined where the stream is not complete or holds an error.
 */
export function assemble(bytes: Uint8Array, framing: Framing): string | undefined {
  const assembly = startAssembly(framing)
  for (const frame of readFrames(bytes)) assembly.add(frame)
  const assembled = assembly.result()
  return assembled.kind === 'whole' ? assembled.text : undefined
}

function assemblerOf(framing: Framing): Assembler {
  if (framing.format === 'chat') return assembleChat(framing)
  return framing.format === 'anthropic' ? assembleAnthropic() : assembleNative(framing)
}

function failureOf(assembler: Assembler, { event, data, status }: Frame): Assembled | undefined {
  if (data.trim() === '[DONE]') {
    assembler.done()
    return undefined
  }
  const body = event === 'error' ? undefined : parse(data)
  if (body && assembler.add(body)) return undefined
  const verdict = classifyEvent(event, data, status)
  return verdict.kind === 'error' && parse(data) ? verdict : { kind: 'broken' }
}

function parse(data: string): JsonObject | undefined {
  try {
    const body = parseExactly(data)
    return isJsonObject(body) ? body : undefined
  } catch {
    return undefined
  }
}
