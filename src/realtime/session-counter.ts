import { isJsonObject, type JsonObject } from '../lib/json/object.ts'
import { bytesOf } from '../lib/json/utf8.ts'
import { ESTIMATED_BYTES_PER_TOKEN } from '../meter/estimate.ts'
import { innerObject, positiveAt } from './frame-members.ts'
import { HeardAudio } from './heard-audio.ts'
import {
  billedCharacters,
  INPUT_BYTES_PER_SECOND,
  NO_SOCKET_USAGE,
  type SocketUnit,
  type SocketUsage,
  type UsageCounter,
} from './usage-counter.ts'

/** Bytes per second of 16-bit audio at DashScope's default rate for output. */
const OUTPUT_BYTES_PER_SECOND = 48_000

/** Tokens per second of audio input and output of the omni models (Realtime page, billing). */
const INPUT_TOKENS_PER_SECOND = 25
const OUTPUT_TOKENS_PER_SECOND = 50

/** The billing unit of a session of `/realtime`, determined by the name of the model. */
export function sessionUnit(model: string): SocketUnit {
  if (/asr/.test(model)) return 'seconds'
  return /tts/.test(model) ? 'characters' : 'tokens'
}

/** The counter of a session of `/realtime`. */
export function sessionCounter(model: string, startedMs: number): UsageCounter {
  const unit = sessionUnit(model)
  return unit === 'seconds' ? transcriptionCounter(startedMs) : conversationCounter(unit === 'characters')
}

/**
 * Realtime transcription reports nothing: it is billed by the seconds of input, whose format the session's
 * configuration can change.
 */
function transcriptionCounter(startedMs: number): UsageCounter {
  const heard = new HeardAudio({ startedMs })
  const usage = (nowMs: number): SocketUsage => ({
    ...NO_SOCKET_USAGE,
    seconds: Math.ceil(heard.seconds(nowMs)),
  })
  return {
    sent: (body) => {
      if (body.type === 'session.update') {
        const session = innerObject(body, 'session')
        heard.setFormat({ format: session.input_audio_format, rate: session.sample_rate })
      }
      heard.add(audioInBytesIn(body))
    },
    sentBytes: () => undefined,
    received: () => undefined,
    usage: (_, nowMs) => usage(nowMs),
    certain: usage,
    audioInSeconds: () => heard.seconds(Date.now()),
  }
}

/**
 * Conversations and speech report usage with each response; the responses are added up.
 *
 * @param isSpeech whether the model is billed by synthesized characters.
 */
function conversationCounter(isSpeech: boolean): UsageCounter {
  let stated = NO_SOCKET_USAGE
  let audioInBytes = 0
  let newAudioInBytes = 0
  let newAudioOutBytes = 0
  let characters = 0
  let textBytes = 0
  const certain = (): SocketUsage =>
    isSpeech ? stated : { ...stated, seconds: Math.ceil(audioInBytes / INPUT_BYTES_PER_SECOND) }
  const usage = (): SocketUsage => {
    if (isSpeech) {
      return characters === 0
        ? stated
        : { ...stated, characters: stated.characters + characters, estimated: true }
    }
    const input = Math.ceil(
      (newAudioInBytes / INPUT_BYTES_PER_SECOND) * INPUT_TOKENS_PER_SECOND +
        textBytes / ESTIMATED_BYTES_PER_TOKEN,
    )
    const output = Math.ceil((newAudioOutBytes / OUTPUT_BYTES_PER_SECOND) * OUTPUT_TOKENS_PER_SECOND)
    const all = { ...certain(), input: stated.input + input, output: stated.output + output }
    return { ...all, estimated: stated.estimated || input + output > 0 }
  }
  return {
    sent: (body) => {
      newAudioInBytes += audioInBytesIn(body)
      audioInBytes += audioInBytesIn(body)
      for (const text of textsIn(body)) {
        characters += billedCharacters(text)
        textBytes += bytesOf(text).byteLength
      }
    },
    sentBytes: () => undefined,
    received: (body) => {
      newAudioOutBytes += audioOutBytesIn(body)
      if (body.type !== 'response.done') return
      const report = innerObject(body, 'response').usage
      // Canceled responses may have no report; their estimate is then final.
      stated = isJsonObject(report) ? added(stated, report) : usage()
      newAudioInBytes = 0
      newAudioOutBytes = 0
      characters = 0
      textBytes = 0
    },
    usage,
    certain,
    audioInSeconds: () => audioInBytes / INPUT_BYTES_PER_SECOND,
  }
}

/** The text of an event of the caller, and its item as JSON. */
function textsIn({ text, item }: JsonObject): string[] {
  return [...(typeof text === 'string' ? [text] : []), ...(isJsonObject(item) ? [JSON.stringify(item)] : [])]
}

function added(sum: SocketUsage, usage: JsonObject): SocketUsage {
  const inputDetails = innerObject(usage, 'input_tokens_details')
  const spoken = positiveAt(innerObject(usage, 'output_tokens_details'), 'audio_tokens')
  return {
    ...sum,
    input: sum.input + positiveAt(usage, 'input_tokens'),
    output: sum.output + positiveAt(usage, 'output_tokens'),
    audio: sum.audio + positiveAt(inputDetails, 'audio_tokens') + spoken,
    spoken: sum.spoken + spoken,
    image: sum.image + positiveAt(inputDetails, 'image_tokens'),
    characters: sum.characters + positiveAt(usage, 'characters'),
  }
}

/** Bytes of audio in an event from DashScope. */
export function audioOutBytesIn(body: JsonObject): number {
  return body.type === 'response.audio.delta' && typeof body.delta === 'string'
    ? (body.delta.length * 3) / 4
    : 0
}

function audioInBytesIn(body: JsonObject): number {
  return body.type === 'input_audio_buffer.append' && typeof body.audio === 'string'
    ? (body.audio.length * 3) / 4
    : 0
}
