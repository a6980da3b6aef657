import { batch, type Signal, signal } from '@preact/signals'
import { readEvents } from '../../client/events.ts'
import { failureOf, GatewayFailure } from '../gateway/failure.ts'
import { type Charged, readCharged } from './charged.ts'
import type { Message } from './conversation.ts'
import { wireFormats } from './dialects.ts'
import { addToChoice, newChoice, type ReplyChoice, usageOfChoices, withChoice } from './reply-choice.ts'
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
export type Progress = 'waiting' | 'replying' | 'done' | 'stopped' | 'broken' | 'refused'

/**
 * One response of one model, from the request to its last byte. Its parts are signals, since a stream changes one at
 * a time.
 */
export interface Reply {
  model: string
  request: WireRequest
  progress: Signal<Progress>
  /** At least one; several with `n`. */
  choices: Signal<ReplyChoice[]>
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
export function beginReply(order: Order): Reply {
  const abort = new AbortController()
  const reply = newReply(order, abort)
  const ended = run(reply, order, abort.signal)
  return { ...reply, ended }
}

/** A response that was received before, from the request log; nothing is sent. */
export async function pastReply(order: Order, response: Response | undefined): Promise<Reply> {
  const reply = newReply(order, new AbortController())
  try {
    if (response) await readReply(reply, order, response)
  } catch {
    // A whole response of which a part is missing is no JSON; its text is shown in the log.
  }
  reply.progress.value = 'done'
  return { ...reply, ended: Promise.resolve() }
}

function newReply(order: Order, abort: AbortController): Omit<Reply, 'ended'> {
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

async function run(reply: Omit<Reply, 'ended'>, order: Order, signal: AbortSignal): Promise<void> {
  try {
    const { path, body } = reply.request
    const response = await fetch(path, {
      method: 'POST',
      headers: sentHeaders(reply.request, order.key),
      body: JSON.stringify(body),
      signal,
    })
    reply.headers.value = response.headers
    if (!response.ok) return finish(reply, 'refused', await failureOf(response))
    const isEnded = await readReply(reply, order, response)
    if (reply.failure.peek()) return
    finish(reply, isEnded ? 'done' : 'broken')
    reply.money.value = await readCharged(response.headers.get('x-edge-request-id'), order.key)
  } catch {
    if (signal.aborted) return finish(reply, 'stopped')
    finish(reply, reply.headers.peek() ? 'broken' : 'refused', new GatewayFailure(0, ''))
  }
}

/** @returns whether the response is complete. */
async function readReply(
  reply: Omit<Reply, 'ended'>,
  { setup }: Order,
  response: Response,
): Promise<boolean> {
  const format = wireFormats[setup.dialect]
  const isStream = response.headers.get('content-type')?.startsWith('text/event-stream') ?? false
  if (!isStream || !response.body) {
    const text = await response.text()
    reply.events.push({ atMs: elapsed(reply), event: 'body', data: text })
    add(reply, format.whole(JSON.parse(text)))
    return true
  }
  let isEnded = false
  let sliceMs = performance.now()
  for await (const { event, data } of readEvents(response.body)) {
    reply.events.push({ atMs: elapsed(reply), event, data })
    const delta = format.event(parseData(data), event)
    add(reply, delta)
    isEnded ||= delta.isEnd ?? false
    if (performance.now() - sliceMs > SLICE_MS) {
      await new Promise((resolve) => setTimeout(resolve))
      sliceMs = performance.now()
    }
    if (delta.failure) {
      const { code, message } = delta.failure
      finish(reply, 'broken', new GatewayFailure(200, message, { code }))
      return false
    }
  }
  return isEnded || reply.choices.peek().every((choice) => choice.isEnded)
}

function parseData(data: string): unknown {
  try {
    return JSON.parse(data)
  } catch {
    return data
  }
}

function add(reply: Omit<Reply, 'ended'>, { choices = [], sources }: Delta): void {
  batch(() => {
    if (reply.progress.peek() === 'waiting') reply.progress.value = 'replying'
    for (const delta of choices) {
      reply.choices.value = withChoice(reply.choices.peek(), delta.index)
      const isShown = addToChoice(reply.choices.peek(), delta, elapsed(reply))
      if (isShown) reply.firstMs.value ??= elapsed(reply)
    }
    if (sources) reply.sources.value = sources
    reply.usage.value = usageOfChoices(reply.choices.peek())
  })
}

function finish(reply: Omit<Reply, 'ended'>, progress: Progress, failure?: GatewayFailure): void {
  batch(() => {
    reply.totalMs.value = elapsed(reply)
    if (failure) reply.failure.value = failure
    reply.progress.value = progress
  })
}

function elapsed({ startedMs }: { startedMs: number }): number {
  return performance.now() - startedMs
}
