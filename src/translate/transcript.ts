import { type JsonObject, objectsAt } from '../lib/json/object.ts'

/** A segment of a recording, in seconds. */
export interface Segment {
  start: number
  end: number
  text: string
}

/** The transcript of a recording. */
export interface Transcript {
  text: string
  language: string
  /** Seconds. */
  duration: number
  segments: readonly Segment[]
  words: readonly Segment[]
}

/**
 * Parses the result file of a task: its channels one after the other.
 *
 * @param file the parsed content of DashScope's transcription URL.
 */
export function transcriptIn(file: JsonObject): Transcript {
  const channels = objectsAt(file, 'transcripts')
  const sentences = channels.flatMap((channel) => objectsAt(channel, 'sentences'))
  const segments = sentences.map((sentence) => segmentOf(sentence))
  const words = sentences.flatMap((sentence) => objectsAt(sentence, 'words')).map((word) => segmentOf(word))
  const { original_duration_in_milliseconds: milliseconds } = Object(file.properties) as JsonObject
  const language = sentences.map((sentence) => sentence.language).find((each) => typeof each === 'string')
  return {
    text: channels.map(({ text }) => (typeof text === 'string' ? text : '')).join('\n'),
    language: typeof language === 'string' ? language : '',
    duration: typeof milliseconds === 'number' ? milliseconds / 1000 : (segments.at(-1)?.end ?? 0),
    segments,
    words: words.map((word) => ({ ...word, text: word.text.trim() })),
  }
}

function segmentOf({ begin_time: begin, end_time: end, text }: JsonObject): Segment {
  const seconds = (value: unknown) => (typeof value === 'number' ? value / 1000 : 0)
  return { start: seconds(begin), end: seconds(end), text: typeof text === 'string' ? text : '' }
}

/** Subtitles in SubRip's format. */
export function toSrt(segments: readonly Segment[]): string {
  return segments
    .map(
      ({ start, end, text }, index) =>
        `${index + 1}\n${clock(start, ',')} --> ${clock(end, ',')}\n${lineOf(text)}\n`,
    )
    .join('\n')
}

/** Subtitles as WebVTT (W3C). */
export function toVtt(segments: readonly Segment[]): string {
  const cues = segments.map(
    ({ start, end, text }) => `${clock(start, '.')} --> ${clock(end, '.')}\n${lineOf(text)}\n`,
  )
  return ['WEBVTT\n', ...cues].join('\n')
}

/** Removes blank lines, which would end a cue. */
function lineOf(text: string): string {
  return text.trim().replace(/\s*\n\s*/g, ' ')
}

function clock(seconds: number, separator: string): string {
  const milliseconds = Math.max(0, Math.round(seconds * 1000))
  const part = (value: number, digits = 2) => String(value).padStart(digits, '0')
  const hours = Math.floor(milliseconds / 3_600_000)
  const minutes = Math.floor(milliseconds / 60_000) % 60
  const rest = Math.floor(milliseconds / 1000) % 60
  return `${part(hours)}:${part(minutes)}:${part(rest)}${separator}${part(milliseconds % 1000, 3)}`
}
