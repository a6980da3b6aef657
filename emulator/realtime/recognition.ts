import { numberOf } from '../json.ts'
import type { InferenceTask, TaskStart, TaskVoice } from './task.ts'
import { hear, startHearing, transcriptOf } from './tone.ts'

const SILENCE_MILLISECONDS = 60_000
const DEFAULT_SENTENCE_SILENCE = 800

/** Speech recognition: the transcript contains the number of samples and their peak. */
export function startRecognition(voice: TaskVoice, { parameters }: TaskStart): InferenceTask {
  const hearing = startHearing(numberOf(parameters.sample_rate) || 16_000)
  const silenceMs = numberOf(parameters.max_sentence_silence) ?? DEFAULT_SENTENCE_SILENCE
  let sentenceId = 1
  let partialAt = hearing.rate
  let beganAt = 0
  let stopTimer: () => void = () => undefined
  const seconds = () => Math.ceil(hearing.samples / hearing.rate)
  const milliseconds = (samples: number) => Math.round((1000 * samples) / hearing.rate)
  const say = (isEnd: boolean) => {
    const sentence = {
      sentence_id: sentenceId,
      begin_time: milliseconds(beganAt),
      end_time: isEnd ? milliseconds(hearing.samples) : null,
      text: transcriptOf(hearing),
      sentence_end: isEnd,
      heartbeat: false,
      words: [],
    }
    voice.result({ sentence }, isEnd ? { duration: seconds() } : null)
    if (!isEnd) return
    sentenceId++
    beganAt = hearing.samples
    voice.used({ duration: seconds() })
  }
  const watch = () => {
    stopTimer()
    if (parameters.heartbeat === true) return
    stopTimer = voice.after(SILENCE_MILLISECONDS, () =>
      voice.failed('CLIENT_ERROR', 'request timeout after 60 seconds.'),
    )
  }
  watch()
  return {
    proceed: () => watch(),
    bytes: (bytes) => {
      watch()
      const ended = hear(hearing, bytes, silenceMs)
      for (let count = 0; count < ended; count++) say(true)
      if (hearing.sentence > 0 && hearing.samples >= partialAt) {
        partialAt = hearing.samples + hearing.rate
        say(false)
      }
    },
    finish: () => {
      stopTimer()
      if (hearing.samples > beganAt) say(true)
      voice.finished(null)
    },
    stop: () => stopTimer(),
  }
}
