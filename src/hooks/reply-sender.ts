import { type Config, type Env, readConfig } from '../config.ts'
import { ledgersOf } from '../jobs/bindings.ts'
import { type TryResult, tryResult } from '../jobs/deliver.ts'
import type { StoredDelivery } from '../jobs/ledger/deliveries-table.ts'
import { HOOK_SENDER, type HookMessage } from '../jobs/ledger/hook-messages.ts'
import { registerSender } from '../jobs/senders.ts'
import { parseObject } from '../lib/json/object.ts'
import type { HookEvent } from './events/event.ts'
import { findHook, type OpenedHook } from './hook-store.ts'
import { connect, isRefusedForGood, type PlatformConnection, PlatformRefusal } from './platform-connection.ts'
import { conversationOf, modelTextIn } from './prompt.ts'
import { inDialect } from './replies/markdown.ts'
import type { Platform } from './replies/platform.ts'
import { PLATFORMS } from './replies/platforms.ts'
import { splitText } from './replies/split.ts'
import { keepReplyState, type ReplyState, readReplyState } from './reply-state.ts'
import { isTooLateForStream } from './wecom-stream.ts'

const KEPT_RESPONSE_CHARACTERS = 1024

registerSender(HOOK_SENDER, {
  retries: (env) => readConfig(env).webhooks.replyRetries,
  send: (env, delivery) => sendReply(env, delivery),
})

/** A reply; `isShown`: its text was already shown in a card or stream. */
interface Reply {
  text: string
  isError: boolean
  isShown: boolean
}

/** Sends all messages of a reply; the platform must confirm each. Never rejects. */
async function sendReply(env: Env, delivery: StoredDelivery): Promise<TryResult> {
  const atMs = Date.now()
  const ended = (part: Partial<TryResult>) => tryResult(atMs, part)
  try {
    const config = readConfig(env)
    const { destination } = delivery
    const id = destination.kind === 'sender' ? destination.data : ''
    const opened = await findHook(env, config, id, atMs)
    if (!opened?.secrets)
      return ended({ outcome: 'gone', error: 'The hook was deleted, or its secrets are lost.' })
    const message: HookMessage = JSON.parse(delivery.payload)
    const event: HookEvent = JSON.parse(message.event)
    const { hook } = opened
    const platform = PLATFORMS[hook.kind]
    const modelText =
      message.kind === 'result' && message.succeeded ? modelTextFrom(message.response) : undefined
    const reply = replyFor(message, modelText, opened)
    const sent: Partial<TryResult> =
      reply && platform && hook.reply.to === 'platform'
        ? await write(env, platform, reply, opened, event, delivery, config)
        : { outcome: 'delivered', answer: 'This hook sends no replies.' }
    if (modelText !== undefined && sent.outcome === 'delivered') await remember(env, opened, event, modelText)
    return ended(sent)
  } catch (cause) {
    return ended(failureOf(cause))
  }
}

function replyFor(
  message: HookMessage,
  modelText: string | undefined,
  { hook }: OpenedHook,
): Reply | undefined {
  if (message.kind === 'ack') return { text: message.text, isError: false, isShown: false }
  const text = modelText ?? hook.reply.error_text
  if (text === null) return undefined
  const isShown = hook.kind === 'wecom-bot' && !isTooLateForStream(message)
  return { text, isError: modelText === undefined, isShown }
}

async function write(
  env: Env,
  platform: Platform,
  { text, isError, isShown }: Reply,
  opened: OpenedHook,
  event: HookEvent,
  delivery: StoredDelivery,
  config: Config,
): Promise<Partial<TryResult>> {
  const { hook } = opened
  const connection = connect(platform, opened, event, config)
  const dialect = hook.reply.format === 'text' ? 'plain' : platform.dialect
  const parts = splitText(inDialect(text, dialect), platform.maxBytes).slice(
    0,
    (platform.maxMessages ?? Number.POSITIVE_INFINITY) + (isShown ? 1 : 0),
  )
  const isAck = delivery.event === 'hook.ack'
  const job = delivery.job ?? ''
  const state: ReplyState = isAck ? {} : await readReplyState(env, hook.key, job)
  const keep = async (change: ReplyState) => {
    Object.assign(state, change)
    if (!isAck) await keepReplyState(env, hook.key, job, state)
  }
  for (let at = state.sent ?? (isShown ? 1 : 0); at < parts.length; at++) {
    const part = parts[at] ?? ''
    if (at === 0 && state.card && platform.cards) {
      const isFinished = await finishCard(platform, state, part, isError, job, connection)
      if (!isFinished) {
        await keep({ card: undefined })
        throw new Error('The card could not be finished; the reply is sent as a message.')
      }
    } else {
      const base = await connection.context(`${delivery.message}_${at}`, needsToken(platform, opened, event))
      const request = platform.message(part, base)
      if (!request)
        return {
          outcome: 'gone',
          error: 'The hook cannot reply: a secret or a URL is missing.',
        }
      await connection.ask(request)
    }
    await keep({ sent: at + 1 })
  }
  const last = connection.lastResponse()
  return {
    outcome: 'delivered',
    ...(last && { status: last.status, answer: last.text.slice(0, KEPT_RESPONSE_CHARACTERS) }),
  }
}

/** Finishes a card; false if the platform refuses permanently, so that a message is sent instead. */
async function finishCard(
  { cards }: Platform,
  { card }: ReplyState,
  text: string,
  isError: boolean,
  job: string,
  { context, ask }: PlatformConnection,
): Promise<boolean> {
  if (!cards || !card) return false
  try {
    await cards.finish(card, text, isError, await context(job), ask)
    return true
  } catch (cause) {
    if (isRefusedForGood(cause)) return false
    throw cause
  }
}

function needsToken(platform: Platform, { hook, secrets = {} }: OpenedHook, event: HookEvent): boolean {
  return !platform.needsNoToken?.({ event, settings: hook.reply, secrets, nowMs: Date.now() })
}

function failureOf(cause: unknown): Partial<TryResult> {
  if (!(cause instanceof PlatformRefusal))
    return { error: cause instanceof Error ? cause.message.slice(0, 200) : 'The reply failed.' }
  const { status, text, retryAfterMs } = cause.response
  return {
    status,
    answer: text.slice(0, KEPT_RESPONSE_CHARACTERS),
    error: cause.message,
    outcome: status === 410 || status === 404 ? 'gone' : 'failed',
    retryAfterMs,
  }
}

/** Adds the model's response to the conversation. */
async function remember(env: Env, { hook }: OpenedHook, event: HookEvent, modelText: string): Promise<void> {
  const conversation = conversationOf(hook.history, event)
  if (conversation === undefined) return
  const ledger = ledgersOf(env).getByName(hook.key)
  await ledger.addTurn(hook.id, conversation, { question: event.text, answer: modelText })
}

/** The text of the model's response; undefined for an empty text, which no platform accepts. */
function modelTextFrom(response: string): string | undefined {
  const modelText = modelTextIn(parseObject(response))
  return modelText?.trim() === '' ? undefined : modelText
}
