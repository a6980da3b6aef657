import { batch, signal } from '@preact/signals'
import { ask } from '../gateway/ask.ts'
import { errorIn, GatewayFailure } from '../gateway/failure.ts'
import { usageOf } from './chat.ts'
import { fromBase64, toBase64 } from './pcm.ts'
import { at, text } from './read.ts'
import type { Usage } from './wire.ts'

/** One utterance. */
export interface Said {
  who: 'user' | 'model'
  text: string
}

export type VoiceProgress = 'connecting' | 'open' | 'ended'

/** The options of a voice conversation. */
export interface VoiceOrder {
  model: string
  voice: string
  instructions: string
  /** A client key, which is exchanged for a session token, or a session token. */
  key: string
  /** Called with the samples of the model's speech. */
  onSound: (samples: Uint8Array) => void
  /** Called when the user speaks, to stop playback of the model's speech. */
  onInterrupt: () => void
}

/** The lifetime of the token, which is used for one socket: enough for a long conversation. */
const TOKEN_SECONDS = 3600

/** A page cannot set headers on a WebSocket, so the token is sent as a subprotocol, like in OpenAI's SDKs. */
const CREDENTIAL_PREFIX = 'openai-insecure-api-key.'

/** A conversation over `/api-ws/v1/realtime`. */
export class VoiceSession {
  readonly progress = signal<VoiceProgress>('connecting')
  readonly said = signal<Said[]>([])
  readonly failure = signal<GatewayFailure | undefined>(undefined)
  readonly usage = signal<Usage | undefined>(undefined)
  /** The types of received events, to show the protocol. */
  readonly events = signal<readonly string[]>([])
  readonly #order: VoiceOrder
  #socket: WebSocket | undefined
  #isOver = false
  #isReplying = false

  constructor(order: VoiceOrder) {
    this.#order = order
    void this.#open().catch((thrown: unknown) =>
      this.#fail(thrown instanceof GatewayFailure ? thrown : new GatewayFailure(0, '')),
    )
  }

  /** Sends recorded samples. */
  hear(samples: Uint8Array): void {
    this.#send({ type: 'input_audio_buffer.append', audio: toBase64(samples) })
  }

  /** Sends a text message. */
  write(message: string): void {
    this.said.value = [...this.said.peek(), { who: 'user', text: message }]
    const content = [{ type: 'input_text', text: message }]
    this.#send({ type: 'conversation.item.create', item: { type: 'message', role: 'user', content } })
    this.#send({ type: 'response.create' })
  }

  close(): void {
    this.#isOver = true
    this.progress.value = 'ended'
    this.#socket?.close(1000)
  }

  async #open(): Promise<void> {
    const { key, model } = this.#order
    const token = key.startsWith('dst_') ? key : await mint(key)
    if (this.#isOver) return
    const address = new URL(`/api-ws/v1/realtime?model=${encodeURIComponent(model)}`, location.href)
    address.protocol = address.protocol.replace('http', 'ws')
    const socket = new WebSocket(address, ['realtime', CREDENTIAL_PREFIX + token])
    this.#socket = socket
    socket.onmessage = ({ data }) => this.#read(JSON.parse(String(data)))
    socket.onclose = ({ code, reason }) => {
      if (!this.#isOver && !this.failure.peek())
        this.#fail(new GatewayFailure(0, reason, { code: `${code}` }))
      this.progress.value = 'ended'
    }
  }

  #read(event: unknown): void {
    const { type, delta, transcript } = at(event)
    batch(() => {
      this.events.value = [...this.events.peek(), text(type)]
      if (type === 'session.created') this.#begin()
      else if (type === 'input_audio_buffer.speech_started') this.#order.onInterrupt()
      else if (type === 'response.created') this.#say()
      else if (type === 'response.audio.delta') this.#order.onSound(fromBase64(text(delta)))
      else if (type === 'response.audio_transcript.delta' || type === 'response.text.delta') {
        this.#grow(text(delta))
      } else if (type === 'conversation.item.input_audio_transcription.completed') {
        this.#heard(text(transcript))
      } else if (type === 'response.done') {
        this.#isReplying = false
        this.usage.value = sumOf(this.usage.peek(), usageOf(at(event, 'response').usage))
      } else if (type === 'error') {
        const { code, message, param } = errorIn(event)
        this.#fail(new GatewayFailure(200, message, { code, param }))
      }
    })
  }

  #begin(): void {
    const { voice, instructions } = this.#order
    this.progress.value = 'open'
    const session = {
      modalities: ['text', 'audio'],
      input_audio_format: 'pcm16',
      output_audio_format: 'pcm16',
      turn_detection: { type: 'server_vad' },
      ...(voice && { voice }),
      ...(instructions && { instructions }),
    }
    this.#send({ type: 'session.update', session })
  }

  #say(): void {
    this.#isReplying = true
    this.said.value = [...this.said.peek(), { who: 'model', text: '' }]
  }

  #grow(piece: string): void {
    const said = this.said.peek()
    const last = said.at(-1)
    if (last?.who === 'model') this.said.value = [...said.slice(0, -1), { ...last, text: last.text + piece }]
  }

  /** The transcript may arrive when the model is already answering; it belongs before the response. */
  #heard(transcript: string): void {
    const said = this.said.peek()
    const at = this.#isReplying ? said.length - 1 : said.length
    this.said.value = said.toSpliced(at, 0, { who: 'user', text: transcript })
  }

  #send(event: object): void {
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(event))
  }

  #fail(failure: GatewayFailure): void {
    this.failure.value = failure
  }
}

/** Client keys are not sent as a subprotocol, which is visible in the browser's developer tools. */
async function mint(key: string): Promise<string> {
  const body = { ttl_seconds: TOKEN_SECONDS }
  const { token } = await ask<{ token: string }>('/edge/tokens', { method: 'POST', credential: key, body })
  return token
}

/** DashScope reports usage per response. */
function sumOf(before: Usage | undefined, next: Usage): Usage {
  if (!before) return next
  return {
    input: before.input + next.input,
    output: before.output + next.output,
    cached: before.cached + next.cached,
    reasoning: before.reasoning + next.reasoning,
  }
}
