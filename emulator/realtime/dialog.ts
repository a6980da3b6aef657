import { textOf } from '../json.ts'
import type { InferenceTask, TaskStart, TaskVoice } from './task.ts'
import { hear, speak, startHearing, type Tone, transcriptOf } from './tone.ts'

/** The multimodal dialog of an application: directives in, states and an answer out. */
export function startDialog(voice: TaskVoice, { input }: TaskStart): InferenceTask {
  const hearing = startHearing(16_000)
  const tone: Tone = { rate: 16_000, phase: 0 }
  const dialogId = textOf(input.dialog_id) || 'dialog_1'
  const say = (event: string, more: Record<string, unknown> = {}) =>
    voice.result({ event, dialog_id: dialogId, ...more }, null)
  const respond = () => {
    const text = `You said: ${transcriptOf(hearing)}`
    say('DialogStateChanged', { state: 'Thinking' })
    say('RespondingContent', { text, finished: true })
    say('DialogStateChanged', { state: 'Responding' })
    for (const frame of speak(tone, text.slice(0, 5))) voice.bytes(frame)
    say('DialogStateChanged', { state: 'Listening' })
  }
  const direct = (directive: string) => {
    if (directive === 'StopSpeech' || directive === 'RequestToRespond') respond()
    if (directive === 'Stop') {
      say('Stopped')
      voice.finished(null)
    }
  }
  say('Started')
  say('DialogStateChanged', { state: 'Listening' })
  return {
    proceed: (next) => direct(textOf(next.directive)),
    bytes: (bytes) => {
      hear(hearing, bytes, 800)
    },
    finish: () => direct('Stop'),
    stop: () => undefined,
  }
}
