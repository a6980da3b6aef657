import type { JsonObject } from '../lib/json/object.ts'
import type { UsageCounter } from './usage-counter.ts'

/** The limit for the frames of each direction; Workers Logs accepts 256 kB per line. */
const MAX_CHARACTERS = 16_384

/** Members with audio or images, or with text that a later event repeats in full. */
const LEFT_OUT = new Set(['audio', 'image', 'delta'])

/** The text frames of a task or session in the log, if LOG_BODIES is on. */
export interface FrameExcerpts {
  /** Frames from the caller. */
  body: string
  /** Frames from DashScope. */
  answer: string
}

/** Wraps a counter so that it also keeps excerpts of the counted frames for the log. */
export function keepingExcerpts(
  counter: UsageCounter,
  isOn: boolean,
): { counter: UsageCounter; excerpts: () => FrameExcerpts | undefined } {
  if (!isOn) return { counter, excerpts: () => undefined }
  const kept: FrameExcerpts = { body: '', answer: '' }
  const keep = (side: keyof FrameExcerpts, frame: JsonObject) => {
    if (kept[side].length >= MAX_CHARACTERS) return
    const text = JSON.stringify(frame, (name, value) => (LEFT_OUT.has(name) ? undefined : value))
    kept[side] = `${kept[side]}${text}\n`.slice(0, MAX_CHARACTERS)
  }
  return {
    counter: {
      ...counter,
      sent: (frame) => {
        counter.sent(frame)
        keep('body', frame)
      },
      received: (frame) => {
        counter.received(frame)
        keep('answer', frame)
      },
    },
    excerpts: () => kept,
  }
}
