import type { Turn } from '../brain/question.ts'
import { readQuestion, readTurn } from '../brain/read.ts'
import { toolCallsFor } from '../brain/tools.ts'
import { type JsonObject, listOf, objectOf, parseObject, textOf } from '../json.ts'
import { OUTPUT_RATE, responses } from './response.ts'
import type { Listener, Session } from './session.ts'
import { billedCharacters, takeSentences } from './session.ts'
import { hear, startHearing, transcriptOf } from './tone.ts'

/** The kind of model of a `/realtime` session. */
export type Family = 'tts' | 'asr' | 'translate' | 'omni'

/** The family of a model; undefined if it is not available over `/realtime`. */
export function familyOf(model: string): Family | undefined {
  if (!/realtime|^fault-/.test(model)) return undefined
  if (/tts/.test(model)) return 'tts'
  if (/asr/.test(model)) return 'asr'
  return /translate/.test(model) ? 'translate' : 'omni'
}

const INPUT_RATE = 16_000
const SILENCE_MILLISECONDS = 800
const SESSION_MINUTES = 120

/** The state machine of `/api-ws/v1/realtime`. Ids are numbered, so that tests can predict them. */
export function conversation(session: Session, family: Family, model: string, fault: string): Listener {
  let events = 0
  let settings: JsonObject = {
    model,
    modalities: ['text', 'audio'],
    voice: 'Cherry',
    turn_detection: { type: 'server_vad' },
  }
  let hearing = startHearing(INPUT_RATE)
  let heardBefore = 0
  let images = 0
  let waiting = ''
  let hasText = false
  const items: string[] = []
  const turns: Turn[] = []
  const emit = (type: string, more: JsonObject = {}) =>
    session.send({ event_id: `event_s${++events}`, type, ...more })
  const complain = (code: string, message: string, param?: string) =>
    emit('error', { error: { type: 'invalid_request_error', code, message, ...(param && { param }) } })

  const { say: respond, call, cancel } = responses(session, emit, fault, family === 'translate')

  const say = (sentence: string) => {
    const characters = billedCharacters(sentence)
    respond(sentence, () => ({ characters }))
  }

  const endTurn = () => {
    const samples = hearing.samples - heardBefore
    heardBefore = hearing.samples
    const transcript = transcriptOf({ ...hearing, samples })
    emit('input_audio_buffer.committed', { item_id: `item_u${events}` })
    emit('conversation.item.created', { item: { id: `item_u${events}`, type: 'message', role: 'user' } })
    if (family === 'asr') {
      emit('conversation.item.input_audio_transcription.text', {
        item_id: `item_u${events}`,
        text: '',
        stash: transcript,
      })
    }
    emit('conversation.item.input_audio_transcription.completed', { item_id: `item_u${events}`, transcript })
    if (family === 'asr') return
    const text = family === 'translate' ? `[en] ${transcript}` : `You said: ${transcript} (images ${images})`
    const [said, shown] = [items.join(''), images]
    respond(text, (bytes) => tokens(samples / INPUT_RATE, said, shown, text, bytes))
    images = 0
    items.length = 0
  }

  const on: Record<string, (event: JsonObject) => void> = {
    'session.update': ({ session: change }) => {
      const wanted = objectOf(change)
      if (listOf(wanted.modalities).some((name) => name !== 'text' && name !== 'audio')) {
        return complain('invalid_value', 'Unknown modality.', 'session.modalities')
      }
      if (textOf(wanted.voice).includes('invalid')) {
        return complain('invalid_value', `Invalid value: '${textOf(wanted.voice)}'.`, 'session.voice')
      }
      if (family === 'tts' && hasText) {
        return complain('invalid_value', 'session already started or finished or failed')
      }
      settings = { ...settings, ...wanted }
      emit('session.updated', { session: settings })
    },
    'input_audio_buffer.append': ({ audio }) => {
      const before = hearing.sentence
      const ended = hear(hearing, bytesOf(textOf(audio)), SILENCE_MILLISECONDS)
      if (settings.turn_detection === null) return
      if (before === 0 && (hearing.sentence > 0 || ended > 0))
        emit('input_audio_buffer.speech_started', { audio_start_ms: 0 })
      for (let count = 0; count < ended; count++) {
        emit('input_audio_buffer.speech_stopped', { audio_end_ms: 0 })
        endTurn()
      }
    },
    'input_audio_buffer.commit': () => endTurn(),
    'input_audio_buffer.clear': () => {
      hearing = startHearing(INPUT_RATE)
      heardBefore = 0
      emit('input_audio_buffer.cleared')
    },
    'input_image_buffer.append': () => {
      images++
    },
    'input_text_buffer.append': ({ text }) => {
      hasText = true
      waiting += textOf(text)
      if (settings.mode === 'commit') return
      const { sentences, rest } = takeSentences(waiting)
      waiting = rest
      for (const sentence of sentences) say(sentence)
    },
    'input_text_buffer.commit': () => {
      emit('input_text_buffer.committed', { item_id: `item_u${events}` })
      if (waiting !== '') say(waiting)
      waiting = ''
    },
    'input_text_buffer.clear': () => {
      waiting = ''
      emit('input_text_buffer.cleared')
    },
    'conversation.item.create': ({ item }) => {
      const { type, role, output, content } = objectOf(item)
      items.push(contentOf(objectOf(item)))
      turns.push(
        type === 'function_call_output'
          ? readTurn('tool', output)
          : readTurn(textOf(role) || 'user', content),
      )
      emit('conversation.item.created', { item: { id: `item_u${events}`, ...objectOf(item) } })
    },
    'response.create': () => {
      const said = items.join(' ')
      const calls = toolCallsFor(readQuestion(model, turns, settings, false, []), `${events}`)
      if (calls.length > 0) {
        items.length = 0
        return call(calls, tokens(0, said, 0, JSON.stringify(calls), 0))
      }
      const text = `You said: ${said} (images ${images})`
      const shown = images
      respond(text, (bytes) => tokens(0, said, shown, text, bytes))
      items.length = 0
      images = 0
    },
    'response.cancel': () => {
      if (!cancel()) complain('invalid_value', 'There is no response to cancel.')
    },
    'session.finish': () => {
      if (waiting !== '') say(waiting)
      waiting = ''
      if (family === 'asr' && hearing.samples > heardBefore) endTurn()
      if (fault !== 'no-finish') emit('session.finished')
    },
  }

  if (fault === 'fail-start' || fault === 'throttle') {
    const [code, message] =
      fault === 'throttle'
        ? ['Throttling.RateQuota', 'Requests rate limit exceeded']
        : ['InternalError', 'The session could not be started.']
    emit('error', { error: { type: 'server_error', code, message } })
    session.close(1011, message)
  }
  if (fault !== 'silent')
    emit('session.created', { session: { id: 'sess_1', object: 'realtime.session', ...settings } })
  session.after(SESSION_MINUTES * 60_000, () => session.close(1001, 'session expired'))
  return {
    text: (text) => {
      const event = parseObject(text)
      const react = event && on[textOf(event.type)]
      if (fault === 'server') {
        emit('error', {
          error: { type: 'server_error', code: 'internal_error', message: 'The server failed.' },
        })
        return session.close(1011, 'server error')
      }
      if (event && react) react(event)
      else complain('invalid_value', `Unknown event type '${textOf(event?.type)}'.`, 'type')
    },
    bytes: () => complain('invalid_value', 'Binary frames are not supported.'),
  }
}

function tokens(
  seconds: number,
  text: string,
  images: number,
  reply: string,
  audioBytes: number,
): JsonObject {
  const audioIn = Math.ceil(25 * seconds)
  const textIn = Math.ceil(text.length / 4)
  const textOut = Math.ceil(reply.length / 4)
  const audioOut = Math.ceil((50 * audioBytes) / (2 * OUTPUT_RATE))
  const input = audioIn + textIn + 250 * images
  return {
    total_tokens: input + textOut + audioOut,
    input_tokens: input,
    output_tokens: textOut + audioOut,
    input_tokens_details: { text_tokens: textIn, audio_tokens: audioIn, image_tokens: 250 * images },
    output_tokens_details: { text_tokens: textOut, audio_tokens: audioOut },
  }
}

function contentOf(item: JsonObject): string {
  return (
    textOf(item.output) ||
    listOf(item.content)
      .map((part) => textOf(objectOf(part).text))
      .join('')
  )
}

function bytesOf(text: string): Uint8Array {
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0))
}
