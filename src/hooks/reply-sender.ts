import { type Config, type Env, readConfig } from '../config.ts'
import { retryAfterIn } from '../dashscope/failure.ts'
import { ledgersOf } from '../jobs/bindings.ts'
import { type TryResult, tryResult } from '../jobs/deliver.ts'
import type { StoredDelivery } from '../jobs/ledger/deliveries-table.ts'
import { HOOK_SENDER, type HookResult } from '../jobs/ledger/endings.ts'
import { registerSender } from '../jobs/senders.ts'
import { setBounded } from '../lib/bounded-map.ts'
import { parseObject } from '../lib/json/object.ts'
import type { HookEvent } from './events/event.ts'
import { findHook, type OpenedHook } from './hook-store.ts'
import { answerIn, conversationOf } from './prompt.ts'
import { inDialect } from './replies/markdown.ts'
import type { Platform, PlatformRequest, ReplyContext, TokenSource } from './replies/platform.ts'
import { PLATFORMS } from './replies/platforms.ts'
import { splitText } from './replies/split.ts'

/** A platform's answer is a few hundred bytes; more of it is not read. */
const MAX_ANSWER_CHARACTERS = 16_384
const KEPT_ANSWER_CHARACTERS = 1024

/** An access token is renewed this long before it ends. */
const TOKEN_MARGIN_MS = 120_000

const MEMORY_ENTRIES = 500

/** Access tokens by hook. */
const accessTokens = new Map<string, { token: string; untilMs: number }>()

/** Parts of a reply that were sent, by delivery: a retry goes on after them. */
const sentParts = new Map<string, number>()

registerSender(HOOK_SENDER, {
  retries: (env) => readConfig(env).webhooks.replyRetries,
  send: (env, delivery) => sendReply(env, delivery),
})

/** Writes the reply to an event: all its parts, each of which the platform has to confirm. Never rejects. */
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
    const result: HookResult = JSON.parse(delivery.payload)
    const event: HookEvent = JSON.parse(result.event)
    const { hook } = opened
    const answer = result.succeeded ? answerFrom(result.response) : undefined
    const text = answer ?? hook.reply.error_text
    const platform = PLATFORMS[hook.kind]
    const isSilent =
      hook.reply.to === 'none' || text === null || text === undefined || hook.kind === 'wecom-bot'
    const sent: Partial<TryResult> =
      isSilent || !platform
        ? { outcome: 'delivered', answer: 'Nothing is written for this hook.' }
        : await sendParts(platform, text, opened, event, delivery, config)
    if (answer !== undefined && sent.outcome === 'delivered') await remember(env, opened, event, answer)
    return ended(sent)
  } catch (cause) {
    return ended({ error: cause instanceof Error ? cause.message.slice(0, 200) : 'The reply failed.' })
  }
}

async function sendParts(
  platform: Platform,
  text: string,
  { hook, secrets = {} }: OpenedHook,
  event: HookEvent,
  delivery: StoredDelivery,
  config: Config,
): Promise<Partial<TryResult>> {
  const parts = splitText(
    inDialect(text, hook.reply.format === 'text' ? 'plain' : platform.dialect),
    platform.maxBytes,
  )
  const base = { event, settings: hook.reply, secrets, nowMs: Date.now() }
  let last: Partial<TryResult> = { outcome: 'delivered' }
  for (let at = sentParts.get(delivery.id) ?? 0; at < parts.length; at++) {
    const accessToken = await accessTokenFor(hook.id, platform.token(base), config)
    const context: ReplyContext = { ...base, accessToken, messageId: `${delivery.message}_${at}` }
    const request = platform.message(parts[at] ?? '', context)
    if (!request)
      return { outcome: 'gone', error: 'The hook holds no way to reply: a secret or an address is missing.' }
    last = await send(platform, request, hook.id, config)
    if (last.outcome !== 'delivered') return last
    setBounded(sentParts, delivery.id, at + 1, MEMORY_ENTRIES)
  }
  sentParts.delete(delivery.id)
  return last
}

/** Sends one request; a 2xx with an error in its body is a failure. */
async function send(
  platform: Platform,
  request: PlatformRequest,
  hookId: string,
  config: Config,
): Promise<Partial<TryResult>> {
  const response = await call(request, config)
  const text = (await response.text()).slice(0, MAX_ANSWER_CHARACTERS)
  const said = parseObject(text) ?? {}
  const kept = { status: response.status, answer: text.slice(0, KEPT_ANSWER_CHARACTERS) }
  const code = said.errcode ?? said.code
  if (response.status === 401 || platform.expiredTokenCodes.some((expired) => expired === code)) {
    accessTokens.delete(hookId)
  }
  const failure = response.ok ? platform.failure(said) : `The platform answered ${response.status}.`
  if (failure === undefined) return { ...kept, outcome: 'delivered' }
  const retryAfterMs = retryAfterIn([...response.headers], Date.now())
  const isFinal = response.status === 410 || response.status === 404
  return { ...kept, error: failure, outcome: isFinal ? 'gone' : 'failed', retryAfterMs }
}

async function accessTokenFor(
  hookId: string,
  source: TokenSource | undefined,
  config: Config,
): Promise<string | undefined> {
  if (!source) return undefined
  const known = accessTokens.get(hookId)
  if (known && Date.now() < known.untilMs) return known.token
  const response = await call(source.request, config)
  const read = source.read(parseObject((await response.text()).slice(0, MAX_ANSWER_CHARACTERS)) ?? {})
  if (!read) throw new Error(`The platform gave no access token: it answered ${response.status}.`)
  const untilMs = Date.now() + 1000 * read.expiresInSeconds - TOKEN_MARGIN_MS
  setBounded(accessTokens, hookId, { token: read.token, untilMs }, MEMORY_ENTRIES)
  return read.token
}

function call({ method, url, headers, body }: PlatformRequest, { webhooks }: Config): Promise<Response> {
  return fetch(url, {
    method,
    headers,
    redirect: 'manual',
    signal: AbortSignal.timeout(webhooks.timeoutMs),
    ...(method !== 'GET' && { body }),
  })
}

/** Adds the answer to the conversation; a conversation that is not kept costs an answer nothing. */
async function remember(env: Env, { hook }: OpenedHook, event: HookEvent, answer: string): Promise<void> {
  const conversation = conversationOf(hook.history, event)
  if (conversation === undefined) return
  const ledger = ledgersOf(env).getByName(hook.key)
  await ledger.addTurn(hook.id, conversation, { question: event.text, answer })
}

function answerFrom(response: string): string | undefined {
  return answerIn(parseObject(response))
}
