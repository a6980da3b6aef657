import type { JsonObject } from '../lib/json/object.ts'
import { innerObject, positiveAt } from './frame-members.ts'
import { HeardAudio } from './heard-audio.ts'
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
  /**
   * The usage so far.
   *
   * @param isFinished whether DashScope has ended the task, so that its reported usage is complete.
   */
  usage: (isFinished: boolean, nowMs: number) => SocketUsage
  /** The part of the usage so far that cannot become less: without estimates that DashScope's reports will replace. */
  certain: (nowMs: number) => SocketUsage
  /** Seconds of audio that the caller has sent, estimated from its size or, if it is compressed, from the time. */
  audioInSeconds: () => number
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

/** Bytes per second of 16-bit audio at DashScope's default rate for input. */
export const INPUT_BYTES_PER_SECOND = 32_000

/** Characters as billed by speech synthesis: two for a Han character, one for any other. */
export function billedCharacters(text: string): number {
  return Array.from(text).length + (text.match(/\p{Script=Han}/gu)?.length ?? 0)
}

/** The counter of a task of `/inference`. */
export function taskCounter(kind: TaskKind, parameters: JsonObject, startedMs: number): UsageCounter {
  if (kind === 'synthesis') return synthesisCounter()
  return kind === 'recognition' ? recognitionCounter(parameters, startedMs) : dialogCounter(startedMs)
}

/** Synthesis reports the characters so far at the end of each sentence; characters sent after that are billed too. */
function synthesisCounter(): UsageCounter {
  let sent = 0
  let stated = 0
  return {
    sent: (body) => {
      const text = innerObject(innerObject(body, 'payload'), 'input').text
      if (typeof text === 'string') sent += billedCharacters(text)
    },
    sentBytes: () => undefined,
    received: (body) => {
      stated = Math.max(stated, positiveAt(innerObject(innerObject(body, 'payload'), 'usage'), 'characters'))
    },
    usage: (isFinished) => {
      // A synthesis that has finished without a report was not free.
      const isEstimated = sent > stated && (!isFinished || stated === 0)
      return { ...NO_SOCKET_USAGE, characters: isEstimated ? sent : stated, estimated: isEstimated }
    },
    certain: () => ({ ...NO_SOCKET_USAGE, characters: stated }),
    audioInSeconds: () => 0,
  }
}

/**
 * Recognition reports seconds with each sentence, but not at the end: what was heard after the last report is
 * estimated.
 */
function recognitionCounter(parameters: JsonObject, startedMs: number): UsageCounter {
  const heard = new HeardAudio({ format: parameters.format, rate: parameters.sample_rate, startedMs })
  let stated = 0
  return {
    sent: () => undefined,
    sentBytes: (bytes) => heard.add(bytes),
    received: (body) => {
      stated = Math.max(stated, positiveAt(innerObject(innerObject(body, 'payload'), 'usage'), 'duration'))
    },
    usage: (isFinished, nowMs) => {
      const seconds = heard.seconds(nowMs)
      const isEstimated = !isFinished && seconds > stated
      return {
        ...NO_SOCKET_USAGE,
        seconds: isEstimated ? Math.ceil(seconds) : stated,
        estimated: isEstimated,
      }
    },
    certain: () => ({ ...NO_SOCKET_USAGE, seconds: stated }),
    audioInSeconds: () => heard.seconds(Date.now()),
  }
}

/** Dialogs of applications report nothing; the elapsed time is the only measure. */
function dialogCounter(startedMs: number): UsageCounter {
  let bytes = 0
  const elapsed = (nowMs: number): SocketUsage => ({
    ...NO_SOCKET_USAGE,
    seconds: Math.ceil((nowMs - startedMs) / 1000),
    estimated: true,
  })
  return {
    sent: () => undefined,
    sentBytes: (count) => {
      bytes += count
    },
    received: () => undefined,
    usage: (_, nowMs) => elapsed(nowMs),
    certain: elapsed,
    audioInSeconds: () => bytes / INPUT_BYTES_PER_SECOND,
  }
}
