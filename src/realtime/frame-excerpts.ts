import type { JsonObject } from '../lib/json/object.ts'
import type { UsageCounter } from './usage-counter.ts'

/** Characters of the frames of each direction; Workers Logs take 256 kB a line. */
const MAX_CHARACTERS = 16_384

/** Members that hold sound and pictures, or text that a later event repeats whole. */
const LEFT_OUT = new Set(['audio', 'image', 'delta'])

/** What the log has of the text frames of a task or session, if the operator switched bodies on. */
export interface FrameExcerpts {
  /** Of the caller. */
  body: string
  /** Of DashScope. */
  answer: string
}

/** A counter that also keeps what the log may say of the frames that it counts. */
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
