import { batch, type Signal, signal } from '@preact/signals'
import { readEvents } from '../../client/events.ts'
import { failureOf, GatewayFailure } from '../gateway/failure.ts'
import { type AnswerChoice, addToChoice, newChoice, usageOfChoices, withChoice } from './answer-choice.ts'
import { type Charged, readCharged } from './charged.ts'
import type { Message } from './conversation.ts'
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
  /** At least one; several with `n`. */
  choices: Signal<AnswerChoice[]>
  /** The position of the choice that continues the conversation. */
  chosen: Signal<number>
  sources: Signal<Source[]>
  usage: Signal<Usage | undefined>
  /** The charge, from the request log; undefined until the log has it, or without a log. */
  money: Signal<Charged | undefined>
  failure: Signal<GatewayFailure | undefined>
  startedMs: number
  firstMs: Signal<number | undefined>
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
    choices: signal([newChoice(0)]),
    chosen: signal(0),
    sources: signal([]),
    usage: signal(undefined),
    money: signal(undefined),
    failure: signal(undefined),
    startedMs: performance.now(),
    firstMs: signal(undefined),
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
    add(answer, format.whole(JSON.parse(text)))
    return true
  }
  let isEnded = false
  let sliceMs = performance.now()
  for await (const { event, data } of readEvents(response.body)) {
    answer.events.push({ atMs: elapsed(answer), event, data })
    const delta = format.event(parseData(data), event)
    add(answer, delta)
    isEnded ||= delta.isEnd ?? false
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
  return isEnded || answer.choices.peek().every((choice) => choice.isEnded)
}

function parseData(data: string): unknown {
  try {
    return JSON.parse(data)
  } catch {
    return data
  }
}

function add(answer: Omit<Answer, 'ended'>, { choices = [], sources }: Delta): void {
  batch(() => {
    if (answer.progress.peek() === 'waiting') answer.progress.value = 'answering'
    for (const delta of choices) {
      answer.choices.value = withChoice(answer.choices.peek(), delta.index)
      const isShown = addToChoice(answer.choices.peek(), delta, elapsed(answer))
      if (isShown) answer.firstMs.value ??= elapsed(answer)
    }
    if (sources) answer.sources.value = sources
    answer.usage.value = usageOfChoices(answer.choices.peek())
  })
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
