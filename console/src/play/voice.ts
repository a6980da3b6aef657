import { batch, signal } from '@preact/signals'
import { ask } from '../gateway/ask.ts'
import { errorIn, GatewayFailure } from '../gateway/failure.ts'
import { usageOf } from './chat.ts'
import { fromBase64, toBase64 } from './pcm.ts'
import { at, text } from './read.ts'
import type { Usage } from './wire.ts'

/** One thing that was said. */
export interface Said {
  who: 'user' | 'model'
  text: string
}

export type VoiceProgress = 'connecting' | 'open' | 'ended'

/** What a conversation by voice is opened with. */
export interface VoiceOrder {
  model: string
  voice: string
  instructions: string
  /** A client key, of which a session token is minted, or a session token. */
  key: string
  /** Samples that the model speaks. */
  onSound: (samples: Uint8Array) => void
  /** The person speaks: what the model still says is cut. */
  onInterrupt: () => void
}

/** A token that only opens one socket need not live longer than a long conversation. */
const TOKEN_SECONDS = 3600

/** A page cannot set headers on a WebSocket, so the token is a subprotocol, as OpenAI's SDKs write it. */
const CREDENTIAL_PREFIX = 'openai-insecure-api-key.'

/** A conversation over `/api-ws/v1/realtime`. */
export class VoiceSession {
  readonly progress = signal<VoiceProgress>('connecting')
  readonly said = signal<Said[]>([])
  readonly failure = signal<GatewayFailure | undefined>(undefined)
  readonly usage = signal<Usage | undefined>(undefined)
  /** Types of the events that came, for a look at the protocol. */
  readonly events = signal<readonly string[]>([])
  readonly #order: VoiceOrder
  #socket: WebSocket | undefined
  #isOver = false
  #isAnswering = false

  constructor(order: VoiceOrder) {
    this.#order = order
    void this.#open().catch((thrown: unknown) =>
      this.#fail(thrown instanceof GatewayFailure ? thrown : new GatewayFailure(0, '')),
    )
  }

  /** Sends samples that were recorded. */
  hear(samples: Uint8Array): void {
    this.#send({ type: 'input_audio_buffer.append', audio: toBase64(samples) })
  }

  /** Sends a message in writing. */
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
        this.#isAnswering = false
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
    this.#isAnswering = true
    this.said.value = [...this.said.peek(), { who: 'model', text: '' }]
  }

  #grow(piece: string): void {
    const said = this.said.peek()
    const last = said.at(-1)
    if (last?.who === 'model') this.said.value = [...said.slice(0, -1), { ...last, text: last.text + piece }]
  }

  /** The transcript may come while the model answers already; it belongs before the answer. */
  #heard(transcript: string): void {
    const said = this.said.peek()
    const at = this.#isAnswering ? said.length - 1 : said.length
    this.said.value = said.toSpliced(at, 0, { who: 'user', text: transcript })
  }

  #send(event: object): void {
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(event))
  }

  #fail(failure: GatewayFailure): void {
    this.failure.value = failure
  }
}

/** A page sends no client key over a socket, whose subprotocol is seen in the tools of a browser. */
async function mint(key: string): Promise<string> {
  const body = { ttl_seconds: TOKEN_SECONDS }
  const { token } = await ask<{ token: string }>('/edge/tokens', { method: 'POST', credential: key, body })
  return token
}

/** DashScope counts each response by itself. */
function sumOf(before: Usage | undefined, next: Usage): Usage {
  if (!before) return next
  return {
    input: before.input + next.input,
    output: before.output + next.output,
    cached: before.cached + next.cached,
    reasoning: before.reasoning + next.reasoning,
  }
}
