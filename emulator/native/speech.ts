import { cutForStream, faultPieces } from '../brain/pieces.ts'
import type { EmulatorResponse, Exchange } from '../exchange.ts'
import { type Frame, nativeFrame } from '../frames.ts'
import { type JsonObject, objectOf, textOf } from '../json.ts'
import { countsCharacters } from '../models.ts'
import { invalid, type Problem } from '../problems.ts'
import { resultAddress } from '../results.ts'
import { countInput, countTokens, type Usage, unitsOf, usageOf } from '../tokens.ts'

/** How long DashScope keeps an audio file. */
const KEPT_SECONDS = 86_400

/** The first problem of a speech `input`, if any. */
export function checkSpeech(input: JsonObject): Problem | undefined {
  if (textOf(input.text) === '') return invalid('Field required: input.text')
  if (textOf(input.voice) === '') return invalid('Field required: input.voice')
  return textOf(input.voice).includes('invalid')
    ? invalid(
        'Invalid voice specified, the requested voice does not exist or is not licensed for use—please select a supported voice.',
      )
    : undefined
}

/**
 * Answers multimodal-generation for a speech model. A non-streaming response has a URL and no data; a stream has
 * audio in its frames and the URL in the last one, as observed with qwen-tts. Samples are 16 bits.
 */
export function speech(exchange: Exchange): EmulatorResponse {
  const { body, fault, model, now, requestId, streams, url } = exchange
  const text = textOf(objectOf(body.input).text)
  const pieces = faultPieces(fault) ?? cutForStream(text)
  const seconds = Math.floor(now / 1000)
  const id = `audio_${requestId}`
  const whole = {
    data: '',
    expires_at: seconds + KEPT_SECONDS,
    id,
    url: resultAddress(url.origin, requestId, 'wav'),
  }
  const end = { audio: whole, finish_reason: 'stop' }
  if (!streams) {
    const { logged, usage } = spent(model, text, text)
    return { kind: 'json', body: { output: end, usage, request_id: requestId }, usage: logged }
  }
  const frames: Frame[] = []
  const add = (output: JsonObject, said: string): void => {
    const { logged, usage } = spent(model, text, said)
    const data = { output, usage, request_id: requestId }
    frames.push({ text: nativeFrame(frames.length + 1, data), usage: logged })
  }
  let said = ''
  for (const piece of pieces) {
    said += piece
    const audio = { data: samplesOf(piece), expires_at: seconds, id }
    add({ finish_reason: 'null', audio }, said)
  }
  add(end, said)
  return { kind: 'stream', frames }
}

/** Models from the first half of 2025 count tokens of text and audio; later ones count characters of the text. */
function spent(model: string, text: string, said: string): { usage: JsonObject; logged: Usage } {
  if (countsCharacters(model)) {
    const characters = billedCharacters(text)
    return { usage: { characters }, logged: unitsOf({ characters }) }
  }
  const spoken = countTokens(said)
  const counts = {
    ...countInput([text], { images: 0, videoFiles: 0, videoFrames: 0, audios: 0 }),
    output: spoken,
  }
  const logged = usageOf(counts)
  const usage = {
    ...logged,
    input_tokens_details: { text_tokens: counts.text },
    output_tokens_details: { audio_tokens: spoken, text_tokens: 0 },
  }
  return { usage, logged }
}

/**
 * A Han character counts as two, everything else as one: this matches the observed 195 for 92 Han and 11 other
 * characters.
 */
function billedCharacters(text: string): number {
  return Array.from(text).length + (text.match(/\p{Script=Han}/gu)?.length ?? 0)
}

/** Base64 of samples that encode a text for tests: its UTF-16 units, little-endian. */
function samplesOf(text: string): string {
  const units = Array.from({ length: text.length }, (_, index) => text.charCodeAt(index))
  return btoa(units.map((unit) => String.fromCharCode(unit & 0xff, unit >> 8)).join(''))
}
