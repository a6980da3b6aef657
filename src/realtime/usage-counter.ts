import { isJsonObject, type JsonObject } from '../lib/json/object.ts'
import type { TaskKind } from './task-frames.ts'

/** The usage of a task or session, in the units that DashScope bills. */
export interface SocketUsage {
  input: number
  output: number
  audio: number
  /** Audio tokens of the output. */
  spoken: number
  image: number
  characters: number
  /** Seconds of recognized audio; in a conversation billed by tokens, of the audio that the caller has sent. */
  seconds: number
  /** Whether part of it was estimated from sizes, because DashScope has not reported it. */
  estimated: boolean
}

/** Counts the usage on a socket. */
export interface UsageCounter {
  /** Counts a text frame of the caller. */
  sent: (body: JsonObject) => void
  sentBytes: (bytes: number) => void
  /** Counts a text frame of DashScope. */
  received: (body: JsonObject) => void
  receivedBytes: (bytes: number) => void
  /**
   * The usage so far.
   *
   * @param isFinished whether DashScope has ended the task, so that its reported usage is complete.
   */
  usage: (isFinished: boolean, nowMs: number) => SocketUsage
  /** Seconds of audio that the caller has sent, estimated from its size. */
  heardSeconds: () => number
}

/** The unit in which a task or session is billed. */
export type SocketUnit = 'tokens' | 'seconds' | 'characters'

/** The usage before the first frame. */
export const NO_SOCKET_USAGE: SocketUsage = {
  input: 0,
  output: 0,
  audio: 0,
  spoken: 0,
  image: 0,
  characters: 0,
  seconds: 0,
  estimated: false,
}

/** Bytes per second of 16-bit audio at DashScope's default rates for input and output. */
const INPUT_BYTES_PER_SECOND = 32_000
const OUTPUT_BYTES_PER_SECOND = 48_000

/** Tokens per second of audio input and output of the omni models (Realtime page, billing). */
const INPUT_TOKENS_PER_SECOND = 25
const OUTPUT_TOKENS_PER_SECOND = 50

/** A conservative share of a token per character of text. */
const CHARACTERS_PER_TOKEN = 4

/** Characters as billed by speech synthesis: two for a Han character, one for any other. */
export function billedCharacters(text: string): number {
  return Array.from(text).length + (text.match(/\p{Script=Han}/gu)?.length ?? 0)
}

/** The counter of a task of `/inference`. */
export function taskCounter(kind: TaskKind, parameters: JsonObject, startedMs: number): UsageCounter {
  if (kind === 'synthesis') return synthesisCounter()
  return kind === 'recognition' ? recognitionCounter(parameters, startedMs) : dialogCounter(startedMs)
}

/** The billing unit of a session of `/realtime`, determined by the name of the model. */
export function sessionUnit(model: string): SocketUnit {
  if (/asr/.test(model)) return 'seconds'
  return /tts/.test(model) ? 'characters' : 'tokens'
}

/** The counter of a session of `/realtime`. */
export function sessionCounter(model: string): UsageCounter {
  const unit = sessionUnit(model)
  return unit === 'seconds' ? transcriptionCounter() : conversationCounter(unit === 'characters')
}

/** Synthesis reports the characters so far at the end of each sentence; characters sent after that are billed too. */
function synthesisCounter(): UsageCounter {
  let sent = 0
  let stated = 0
  return {
    sent: (body) => {
      const text = objectAt(objectAt(body, 'payload'), 'input').text
      if (typeof text === 'string') sent += billedCharacters(text)
    },
    sentBytes: () => undefined,
    received: (body) => {
      stated = Math.max(stated, numberAt(objectAt(objectAt(body, 'payload'), 'usage'), 'characters'))
    },
    receivedBytes: () => undefined,
    usage: (isFinished) => {
      const isEstimated = !isFinished && sent > stated
      return { ...NO_SOCKET_USAGE, characters: isEstimated ? sent : stated, estimated: isEstimated }
    },
    heardSeconds: () => 0,
  }
}

/** Uncompressed formats, whose length follows from their size: 16-bit samples. */
const UNCODED: readonly unknown[] = ['pcm', 'wav']

/** Recognition reports seconds with each sentence, but not at the end; for compressed audio the elapsed time is used. */
function recognitionCounter(parameters: JsonObject, startedMs: number): UsageCounter {
  const rate = numberAt(parameters, 'sample_rate') || INPUT_BYTES_PER_SECOND / 2
  const isCoded = typeof parameters.format === 'string' && !UNCODED.includes(parameters.format)
  let bytes = 0
  let stated = 0
  return {
    sent: () => undefined,
    sentBytes: (count) => {
      bytes += count
    },
    received: (body) => {
      stated = Math.max(stated, numberAt(objectAt(objectAt(body, 'payload'), 'usage'), 'duration'))
    },
    receivedBytes: () => undefined,
    usage: (isFinished, nowMs) => {
      const heard = isCoded ? (bytes > 0 ? (nowMs - startedMs) / 1000 : 0) : bytes / (2 * rate)
      const isEstimated = !isFinished && heard > stated
      return { ...NO_SOCKET_USAGE, seconds: isEstimated ? Math.ceil(heard) : stated, estimated: isEstimated }
    },
    heardSeconds: () => bytes / (2 * rate),
  }
}

/** Dialogs of applications report nothing; the elapsed time is the only measure. */
function dialogCounter(startedMs: number): UsageCounter {
  let bytes = 0
  return {
    sent: () => undefined,
    sentBytes: (count) => {
      bytes += count
    },
    received: () => undefined,
    receivedBytes: () => undefined,
    usage: (_, nowMs) => ({
      ...NO_SOCKET_USAGE,
      seconds: Math.ceil((nowMs - startedMs) / 1000),
      estimated: true,
    }),
    heardSeconds: () => bytes / INPUT_BYTES_PER_SECOND,
  }
}

/** Realtime transcription reports nothing: it is billed by the seconds of input. */
function transcriptionCounter(): UsageCounter {
  let bytes = 0
  return {
    sent: (body) => {
      bytes += audioBytes(body)
    },
    sentBytes: () => undefined,
    received: () => undefined,
    receivedBytes: () => undefined,
    usage: () => ({ ...NO_SOCKET_USAGE, seconds: Math.ceil(bytes / INPUT_BYTES_PER_SECOND) }),
    heardSeconds: () => bytes / INPUT_BYTES_PER_SECOND,
  }
}

/**
 * Conversations and speech report usage with each response; the responses are added up.
 *
 * @param isSpeech whether the model is billed by synthesized characters.
 */
function conversationCounter(isSpeech: boolean): UsageCounter {
  let stated = NO_SOCKET_USAGE
  let heard = 0
  let audioIn = 0
  let audioOut = 0
  let text = 0
  return {
    sent: (body) => {
      audioIn += audioBytes(body)
      heard += audioBytes(body)
      if (typeof body.text === 'string') text += billedCharacters(body.text)
      if (isJsonObject(body.item)) text += JSON.stringify(body.item).length
    },
    sentBytes: () => undefined,
    received: (body) => {
      audioOut += spokenBytes(body)
      if (body.type !== 'response.done') return
      stated = added(stated, objectAt(objectAt(body, 'response'), 'usage'))
      audioIn = 0
      audioOut = 0
      text = 0
    },
    receivedBytes: () => undefined,
    usage: () => {
      if (isSpeech) {
        return text === 0 ? stated : { ...stated, characters: stated.characters + text, estimated: true }
      }
      const seconds = Math.ceil(heard / INPUT_BYTES_PER_SECOND)
      const input = Math.ceil(
        (audioIn / INPUT_BYTES_PER_SECOND) * INPUT_TOKENS_PER_SECOND + text / CHARACTERS_PER_TOKEN,
      )
      const output = Math.ceil((audioOut / OUTPUT_BYTES_PER_SECOND) * OUTPUT_TOKENS_PER_SECOND)
      const all = { ...stated, input: stated.input + input, output: stated.output + output, seconds }
      return { ...all, estimated: input + output > 0 }
    },
    heardSeconds: () => heard / INPUT_BYTES_PER_SECOND,
  }
}

function added(sum: SocketUsage, usage: JsonObject): SocketUsage {
  const inputDetails = objectAt(usage, 'input_tokens_details')
  const spoken = numberAt(objectAt(usage, 'output_tokens_details'), 'audio_tokens')
  return {
    ...sum,
    input: sum.input + numberAt(usage, 'input_tokens'),
    output: sum.output + numberAt(usage, 'output_tokens'),
    audio: sum.audio + numberAt(inputDetails, 'audio_tokens') + spoken,
    spoken: sum.spoken + spoken,
    image: sum.image + numberAt(inputDetails, 'image_tokens'),
    characters: sum.characters + numberAt(usage, 'characters'),
  }
}

/** Bytes of audio in an event from DashScope. */
export function spokenBytes(body: JsonObject): number {
  return body.type === 'response.audio.delta' && typeof body.delta === 'string'
    ? (body.delta.length * 3) / 4
    : 0
}

function audioBytes(body: JsonObject): number {
  return body.type === 'input_audio_buffer.append' && typeof body.audio === 'string'
    ? (body.audio.length * 3) / 4
    : 0
}

function objectAt(value: unknown, name: string): JsonObject {
  const member = isJsonObject(value) ? value[name] : undefined
  return isJsonObject(member) ? member : {}
}

/** A non-negative number in a report of DashScope; 0 for anything else. */
function numberAt(object: JsonObject, name: string): number {
  const value = object[name]
  return typeof value === 'number' && value > 0 && Number.isFinite(value) ? value : 0
}
