import { cutForStream } from '../brain/pieces.ts'
import type { EmulatorResponse, Exchange } from '../exchange.ts'
import { type Frame, nativeFrame } from '../frames.ts'
import { type JsonObject, listOf, objectOf, textOf } from '../json.ts'
import { invalid } from '../problems.ts'
import { TRANSCRIPT } from '../results.ts'
import { unitsOf } from '../tokens.ts'

const SECONDS = 4

/**
 * Answers multimodal-generation for a model that recognises speech. A context in the system message is put before the
 * fixed transcript, so that tests can check it.
 */
export function recognition({ body, requestId, streams }: Exchange): EmulatorResponse {
  const messages = listOf(objectOf(body.input).messages).map(objectOf)
  const partsOf = (role: string) =>
    messages
      .filter((message) => message.role === role)
      .flatMap(({ content }) => listOf(content).map(objectOf))
  const audios = partsOf('user')
    .map(({ audio }) => textOf(audio))
    .filter(Boolean)
  const [audio = ''] = audios
  if (audios.length !== 1) return invalid('Exactly one audio is required.')
  if (!/^(?:https?:\/\/|oss:\/\/|data:audio\/)/.test(audio)) return invalid('The audio is empty.')
  const context = partsOf('system')
    .map(({ text }) => textOf(text))
    .join('')
  const { language } = objectOf(objectOf(body.parameters).asr_options)
  const said = `${context}${TRANSCRIPT}`
  const annotations = [{ type: 'audio_info', language: textOf(language) || 'en', emotion: 'neutral' }]
  const usage = {
    seconds: SECONDS,
    input_tokens_details: { text_tokens: 0 },
    output_tokens_details: { text_tokens: 6 },
  }
  const output = (text: string, reason: string): JsonObject => ({
    choices: [{ finish_reason: reason, message: { role: 'assistant', content: [{ text }], annotations } }],
  })
  const logged = unitsOf({ seconds: SECONDS })
  if (!streams) {
    return {
      kind: 'json',
      body: { output: output(said, 'stop'), usage, request_id: requestId },
      usage: logged,
    }
  }
  const frames: Frame[] = [
    ...cutForStream(said).map((piece) => output(piece, 'null')),
    output('', 'stop'),
  ].map((each, index) => ({
    text: nativeFrame(index + 1, { output: each, usage, request_id: requestId }),
    usage: logged,
  }))
  return { kind: 'stream', frames }
}
