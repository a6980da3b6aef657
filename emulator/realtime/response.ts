import type { ToolCall } from '../brain/tools.ts'
import type { JsonObject } from '../json.ts'
import type { Session } from './session.ts'
import { speak, type Tone } from './tone.ts'

/** The sample rate of the spoken output. */
export const OUTPUT_RATE = 24_000

/** The interval between two pieces of audio with the fault `slow`. */
const SLOW_MILLISECONDS = 2000

/** The responses of a `/realtime` session. Ids are numbered, so that tests can predict them. */
export interface Responses {
  /** Speaks a text; `usageOf` gets the bytes of audio that were sent. */
  say: (text: string, usageOf: (audioBytes: number) => JsonObject) => void
  /** Calls functions of the client. */
  call: (calls: readonly ToolCall[], usage: JsonObject) => void
  /** Ends the response in progress; false if there is none. */
  cancel: () => boolean
}

/** @param isText the model also sends what it says as text. */
export function responses(
  session: Session,
  emit: (type: string, more?: JsonObject) => void,
  fault: string,
  isText: boolean,
): Responses {
  const tone: Tone = { rate: OUTPUT_RATE, phase: 0 }
  let count = 0
  let stop: (() => void) | undefined

  const begin = () => {
    const id = `resp_${++count}`
    emit('response.created', {
      response: { id, object: 'realtime.response', status: 'in_progress', output: [] },
    })
    return { id, itemId: `item_${count}` }
  }
  const done = (id: string, status: string, output: JsonObject[], used: JsonObject) => {
    const usage = fault === 'no-usage' ? undefined : used
    if (usage) session.used(id, usage)
    emit('response.done', {
      response: { id, object: 'realtime.response', status, output, ...(usage && { usage }) },
    })
  }

  const say: Responses['say'] = (text, usageOf) => {
    const { id, itemId } = begin()
    const place = { response_id: id, item_id: itemId, output_index: 0, content_index: 0 }
    emit('response.output_item.added', { response_id: id, item: { id: itemId } })
    emit('response.content_part.added', { ...place, part: { type: 'audio' } })
    const frames = speak(tone, text.slice(0, 20))
    let bytes = 0
    const send = (frame: Uint8Array) => {
      bytes += frame.byteLength
      emit('response.audio.delta', { ...place, delta: base64(frame) })
      if (fault === 'die') session.close(1011, 'died')
    }
    const end = (status: 'completed' | 'cancelled') => {
      stop = undefined
      if (status === 'completed') {
        if (isText) emit('response.text.delta', { ...place, delta: text })
        emit('response.audio_transcript.delta', { ...place, delta: text })
      }
      emit('response.audio.done', place)
      emit('response.content_part.done', place)
      emit('response.output_item.done', { response_id: id, item: { id: itemId } })
      done(id, status, [], usageOf(bytes))
    }
    const next = () => {
      const frame = frames.shift()
      if (!frame) return end('completed')
      send(frame)
      if (fault !== 'slow') return next()
      const stopTimer = session.after(SLOW_MILLISECONDS, next)
      stop = () => {
        stopTimer()
        end('cancelled')
      }
    }
    next()
  }

  const call: Responses['call'] = (calls, usage) => {
    const { id, itemId } = begin()
    const output = calls.map(({ id: callId, name, arguments: argumentsText }, index) => {
      const item = { id: `${itemId}_${index}`, type: 'function_call', call_id: callId, name }
      const place = { response_id: id, item_id: item.id, output_index: index, call_id: callId }
      emit('response.output_item.added', { response_id: id, output_index: index, item })
      emit('response.function_call_arguments.delta', { ...place, delta: argumentsText })
      emit('response.function_call_arguments.done', { ...place, name, arguments: argumentsText })
      const whole = { ...item, status: 'completed', arguments: argumentsText }
      emit('response.output_item.done', { response_id: id, output_index: index, item: whole })
      return whole
    })
    done(id, 'completed', output, usage)
  }

  const cancel = () => {
    const isRunning = stop !== undefined
    stop?.()
    return isRunning
  }
  return { say, call, cancel }
}

function base64(bytes: Uint8Array): string {
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''))
}
