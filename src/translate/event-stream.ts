import { isErrorBody } from '../dashscope/stream/first-event.ts'
import { type Frame, frameReader } from '../dashscope/stream/frames.ts'
import { GatewayError } from '../errors.ts'
import { type JsonObject, objectAt, parseObject } from '../lib/json/object.ts'
import { bytesOf } from '../lib/json/utf8.ts'

/** The translation of a native stream to another API. */
export interface StreamTranslation {
  /** Returns the bytes for the `output` and `usage` of one native event; empty if the event adds nothing. */
  event: (output: JsonObject, usage: JsonObject | undefined) => Uint8Array
  /** Returns the bytes after the last event of a complete stream. */
  end: () => Uint8Array
  /**
   * Returns the bytes that report a broken stream; undefined cuts the connection, so that half a file does not look
   * complete.
   */
  broken: ((message: string) => Uint8Array) | undefined
}

/**
 * Translates a native event stream while it is relayed. A stream without its last event (`finish_reason`) is reported
 * as broken (promise P4).
 */
export function translateStream(translation: StreamTranslation): TransformStream<Uint8Array, Uint8Array> {
  const read = frameReader()
  let isComplete = false
  let isBroken = false
  const take = (frames: readonly Frame[], controller: TransformStreamDefaultController<Uint8Array>) => {
    for (const { event, data } of frames) {
      const body = parseObject(data)
      const output = objectAt(body, 'output')
      if (isBroken) return
      if (event === 'error' || !body || !output || isErrorBody(body)) {
        isBroken = true
        breakOff(controller, translation, body?.message)
        return
      }
      isComplete ||= isLast(output)
      const bytes = translation.event(output, objectAt(body, 'usage'))
      if (bytes.byteLength > 0) controller.enqueue(bytes)
    }
  }
  return new TransformStream({
    transform: (chunk, controller) => take(read(chunk), controller),
    flush: (controller) => {
      take(read(), controller)
      if (isBroken) return
      if (!isComplete) return breakOff(controller, translation, undefined)
      const bytes = translation.end()
      if (bytes.byteLength > 0) controller.enqueue(bytes)
    },
  })
}

/**
 * `finish_reason` is the text "null" until the last event; in speech it is next to the audio, in a message it is in
 * the choice.
 */
function isLast({ finish_reason: ofSpeech, choices }: JsonObject): boolean {
  const [choice] = Array.isArray(choices) ? choices : []
  const reason: unknown = ofSpeech ?? (choice as JsonObject | undefined)?.finish_reason
  return typeof reason === 'string' && reason !== 'null' && reason !== ''
}

function breakOff(
  controller: TransformStreamDefaultController<Uint8Array>,
  { broken }: StreamTranslation,
  said: unknown,
): void {
  const message = typeof said === 'string' ? said : "DashScope's stream ended before it was complete."
  if (broken) controller.enqueue(broken(message))
  else controller.error(new GatewayError('upstream', message))
}

/** An event in the format of OpenAI's streams. */
export function openAiEvent(data: object): Uint8Array {
  return bytesOf(`data: ${JSON.stringify(data)}\n\n`)
}

/** The event that reports a broken stream; OpenAI's SDKs throw it. */
export function brokenEvent(message: string): Uint8Array {
  return openAiEvent({ error: { message, type: 'upstream_error', param: null, code: 'upstream_error' } })
}
