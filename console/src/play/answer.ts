import { batch, type Signal, signal } from '@preact/signals'
import { readEvents } from '../../client/events.ts'
import { failureOf, GatewayFailure } from '../gateway/failure.ts'
import { type Charged, readCharged } from './charged.ts'
import type { Message, ToolCall } from './conversation.ts'
import { wireFormats } from './dialects.ts'
import type { Setup } from './setup.ts'
import { type Delta, type Source, sentHeaders, type Usage, type WireRequest } from './wire.ts'

/** An original event, for the raw view. */
export interface RawEvent {
  /** Milliseconds after the request was sent. */
  atMs: number
  event: string
  data: string
}

/** The progress of a response; `broken` and `refused` have a failure. */
export type Progress = 'waiting' | 'answering' | 'done' | 'stopped' | 'broken' | 'refused'

/**
 * One response of one model, from the request to its last byte. Its parts are signals, since a stream changes one at
 * a time.
 */
export interface Answer {
  model: string
  request: WireRequest
  progress: Signal<Progress>
  text: Signal<string>
  thinking: Signal<string>
  calls: Signal<ToolCall[]>
  sources: Signal<Source[]>
  usage: Signal<Usage | undefined>
  /** The charge, from the request log; undefined until the log has it, or without a log. */
  money: Signal<Charged | undefined>
  failure: Signal<GatewayFailure | undefined>
  startedMs: number
  firstMs: Signal<number | undefined>
  /** The time when thinking ended and text began. */
  thoughtMs: Signal<number | undefined>
  totalMs: Signal<number | undefined>
  headers: Signal<Headers | undefined>
  /** Not a signal: it grows with every event and is read only when the raw view opens. */
  events: RawEvent[]
  stop: () => void
  /** Resolves when the response has ended. */
  ended: Promise<void>
}

/**
 * The longest uninterrupted processing of events: a cached stream arrives at once, and the page must still render and
 * react.
 */
const SLICE_MS = 8

/** The input of a response. */
export interface Order {
  setup: Setup
  model: string
  messages: readonly Message[]
  key: string
  /** Additional headers for this request, such as `cache-control: no-store`. */
  headers?: Record<string, string>
}

/** Sends a request and returns at once; the response is filled while it arrives. */
export function beginAnswer(order: Order): Answer {
  const abort = new AbortController()
  const answer = newAnswer(order, abort)
  const ended = run(answer, order, abort.signal)
  return { ...answer, ended }
}

/** A response that was received before, from the request log; nothing is sent. */
export async function pastAnswer(order: Order, response: Response | undefined): Promise<Answer> {
  const answer = newAnswer(order, new AbortController())
  try {
    if (response) await readAnswer(answer, order, response)
  } catch {
    // A whole response of which a part is missing is no JSON; its text is shown in the log.
  }
  answer.progress.value = 'done'
  return { ...answer, ended: Promise.resolve() }
}

function newAnswer(order: Order, abort: AbortController): Omit<Answer, 'ended'> {
  const { setup, model, messages } = order
  const request = wireFormats[setup.dialect].request(setup, model, messages)
  const headers = { ...request.headers, ...order.headers }
  return {
    model,
    request: { ...request, headers },
    progress: signal('waiting'),
    text: signal(''),
    thinking: signal(''),
    calls: signal([]),
    sources: signal([]),
    usage: signal(undefined),
    money: signal(undefined),
    failure: signal(undefined),
    startedMs: performance.now(),
    firstMs: signal(undefined),
    thoughtMs: signal(undefined),
    totalMs: signal(undefined),
    headers: signal(undefined),
    events: [],
    stop: () => abort.abort(),
  }
}

async function run(answer: Omit<Answer, 'ended'>, order: Order, signal: AbortSignal): Promise<void> {
  try {
    const { path, body } = answer.request
    const response = await fetch(path, {
      method: 'POST',
      headers: sentHeaders(answer.request, order.key),
      body: JSON.stringify(body),
      signal,
    })
    answer.headers.value = response.headers
    if (!response.ok) return finish(answer, 'refused', await failureOf(response))
    const isEnded = await readAnswer(answer, order, response)
    if (answer.failure.peek()) return
    finish(answer, isEnded ? 'done' : 'broken')
    answer.money.value = await readCharged(response.headers.get('x-edge-request-id'), order.key)
  } catch {
    if (signal.aborted) return finish(answer, 'stopped')
    finish(answer, answer.headers.peek() ? 'broken' : 'refused', new GatewayFailure(0, ''))
  }
}

/** @returns whether the response is complete. */
async function readAnswer(
  answer: Omit<Answer, 'ended'>,
  { setup }: Order,
  response: Response,
): Promise<boolean> {
  const format = wireFormats[setup.dialect]
  const isStream = response.headers.get('content-type')?.startsWith('text/event-stream') ?? false
  if (!isStream || !response.body) {
    const text = await response.text()
    answer.events.push({ atMs: elapsed(answer), event: 'body', data: text })
    return add(answer, format.whole(JSON.parse(text)))
  }
  let isEnded = false
  let sliceMs = performance.now()
  for await (const { event, data } of readEvents(response.body)) {
    answer.events.push({ atMs: elapsed(answer), event, data })
    const delta = format.event(parseData(data), event)
    isEnded = add(answer, delta) || isEnded
    if (performance.now() - sliceMs > SLICE_MS) {
      await new Promise((resolve) => setTimeout(resolve))
      sliceMs = performance.now()
    }
    if (delta.failure) {
      const { code, message } = delta.failure
      finish(answer, 'broken', new GatewayFailure(200, message, { code }))
      return false
    }
  }
  return isEnded
}

function parseData(data: string): unknown {
  try {
    return JSON.parse(data)
  } catch {
    return data
  }
}

function add(answer: Omit<Answer, 'ended'>, delta: Delta): boolean {
  const { text = '', thinking = '', calls = [], usage, sources, isEnd = false } = delta
  batch(() => {
    if (text || thinking || calls.length > 0) answer.firstMs.value ??= elapsed(answer)
    if (answer.progress.peek() === 'waiting') answer.progress.value = 'answering'
    if (text && answer.thinking.peek()) answer.thoughtMs.value ??= elapsed(answer)
    if (text) answer.text.value += text
    if (thinking) answer.thinking.value += thinking
    if (sources) answer.sources.value = sources
    if (usage) answer.usage.value = merge(answer.usage.peek(), usage)
    if (calls.length > 0) answer.calls.value = withPieces(answer.calls.peek(), calls)
  })
  return isEnd
}

/** Anthropic reports input at the start and output at the end; numbers only increase. */
function merge(before: Usage | undefined, next: Usage): Usage {
  if (!before) return next
  return {
    input: Math.max(before.input, next.input),
    output: Math.max(before.output, next.output),
    cached: Math.max(before.cached, next.cached),
    reasoning: Math.max(before.reasoning, next.reasoning),
  }
}

function withPieces(calls: readonly ToolCall[], pieces: NonNullable<Delta['calls']>): ToolCall[] {
  const grown = new Map(calls.map((call, index) => [positionOf(call, index), call]))
  for (const { index, id, name, arguments: args = '' } of pieces) {
    const before = grown.get(index) ?? { id: '', name: '', arguments: '' }
    const call = { id: id || before.id, name: name || before.name, arguments: before.arguments + args }
    positions.set(call, index)
    grown.set(index, call)
  }
  return [...grown.values()]
}

/** The index of a tool call in its message. Anthropic counts text blocks too, so it is not the index in the list. */
const positions = new WeakMap<ToolCall, number>()

function positionOf(call: ToolCall, index: number): number {
  return positions.get(call) ?? index
}

function finish(answer: Omit<Answer, 'ended'>, progress: Progress, failure?: GatewayFailure): void {
  batch(() => {
    answer.totalMs.value = elapsed(answer)
    if (failure) answer.failure.value = failure
    answer.progress.value = progress
  })
}

function elapsed({ startedMs }: { startedMs: number }): number {
  return performance.now() - startedMs
}
