import { numberOf, textOf } from '../json.ts'
import { billedCharacters, takeSentences } from './session.ts'
import type { InferenceTask, TaskStart, TaskVoice } from './task.ts'
import { speak, type Tone, wavHeader } from './tone.ts'

const MAX_FRAME_CHARACTERS = 20_000
const MAX_TASK_CHARACTERS = 200_000
const SILENCE_MILLISECONDS = 23_000

/** Speech synthesis: sentences are spoken as soon as they are complete, the rest at a flush or at the end. */
export function startSynthesis(voice: TaskVoice, { parameters, input, streaming }: TaskStart): InferenceTask {
  const tone: Tone = { rate: numberOf(parameters.sample_rate) || 22_050, phase: 0 }
  const format = textOf(parameters.format) || 'mp3'
  let waiting = ''
  let characters = 0
  let received = 0
  let index = 0
  let hasBegun = false
  let stopTimer: () => void = () => undefined
  const say = (sentence: string) => {
    characters += billedCharacters(sentence)
    // Sambert, which takes its text at once, reports the times of a sentence in milliseconds instead of its index.
    const place = streaming === 'out' ? { begin_time: index * 1000, end_time: (index + 1) * 1000 } : { index }
    voice.result({ type: 'sentence-begin', sentence: place }, null)
    if (!hasBegun) voice.bytes(beginning(format, tone.rate))
    hasBegun = true
    for (const frame of speak(tone, sentence)) voice.bytes(frame)
    voice.result({ type: 'sentence-synthesis', sentence: place, original_text: sentence }, null)
    voice.result({ type: 'sentence-end', sentence: place, original_text: sentence }, { characters })
    voice.used({ characters })
    index++
  }
  const flush = () => {
    if (waiting !== '') say(waiting)
    waiting = ''
  }
  const end = () => {
    stopTimer()
    voice.finished({ characters })
  }
  const watch = () => {
    stopTimer()
    stopTimer = voice.after(SILENCE_MILLISECONDS, () =>
      voice.failed('CLIENT_ERROR', 'request timeout after 23 seconds.'),
    )
  }
  const add = (text: string) => {
    received += Array.from(text).length
    if (Array.from(text).length > MAX_FRAME_CHARACTERS || received > MAX_TASK_CHARACTERS) {
      return voice.failed('InvalidParameter', 'The text is too long.')
    }
    const { sentences, rest } = takeSentences(waiting + text)
    waiting = rest
    for (const sentence of sentences) say(sentence)
  }
  watch()
  if (streaming === 'out') {
    add(textOf(input.text))
    flush()
    end()
  }
  return {
    proceed: (next) => {
      watch()
      add(textOf(next.text))
      if (next.flush === true) flush()
    },
    bytes: () => voice.failed('InvalidParameter', 'Speech synthesis takes no binary data.'),
    finish: (next) => {
      if (next.directive !== 'cancel') flush()
      end()
    },
    stop: () => stopTimer(),
  }
}

function beginning(format: string, rate: number): Uint8Array {
  if (format === 'wav') return wavHeader(rate)
  return format === 'pcm' ? new Uint8Array(0) : new TextEncoder().encode(format)
}
