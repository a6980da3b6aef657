import type { Config } from '../config.ts'
import { retryAfterIn } from '../dashscope/failure.ts'
import { checkDestination, type DestinationRules } from '../jobs/destination.ts'
import { setBounded } from '../lib/bounded-map.ts'
import { type JsonObject, parseObject } from '../lib/json/object.ts'
import type { HookEvent } from './events/event.ts'
import type { OpenedHook } from './hook-store.ts'
import type { AskPlatform, Platform, PlatformRequest, ReplyContext, TokenSource } from './replies/platform.ts'

/** A platform's response has a few hundred bytes; more is not read. */
const MAX_RESPONSE_CHARACTERS = 16_384

/** An access token is renewed this long before it expires. */
const TOKEN_MARGIN_MS = 120_000

const MEMORY_ENTRIES = 500

/** Access tokens by hook. */
const accessTokens = new Map<string, { token: string; untilMs: number }>()

/** The response of a platform. */
export interface PlatformResponse {
  status: number
  text: string
  retryAfterMs: number | undefined
}

/** A platform refused a request, by its status or in the body of a 200. */
export class PlatformRefusal extends Error {
  readonly response: PlatformResponse
  /** Whether only the access token had expired; the next request uses a new one. */
  readonly isExpired: boolean

  constructor(message: string, response: PlatformResponse, isExpired: boolean) {
    super(message)
    this.response = response
    this.isExpired = isExpired
  }
}

/** Whether a refusal is permanent: neither a new access token nor a retry would help. */
export function isRefusedForGood(cause: unknown): boolean {
  return cause instanceof PlatformRefusal && cause.response.status < 429 && !cause.isExpired
}

/** The connection to a platform for the reply to one event. */
export interface PlatformConnection {
  /** The context of the requests for one message, with an access token if needed. */
  context: (messageId: string, needsToken?: boolean) => Promise<ReplyContext>
  /** Calls the platform's API. Rejects with PlatformRefusal, or with the error of `fetch`. */
  ask: AskPlatform
  /** The platform's last response, for the list of attempts. */
  lastResponse: () => PlatformResponse | undefined
}

/**
 * Prepares the connection to a hook's platform; nothing is sent yet.
 *
 * @throws GatewayError `invalid` for a `base_url` that may not be called.
 */
export function connect(
  platform: Platform,
  { hook, secrets = {} }: OpenedHook,
  event: HookEvent,
  config: Config,
): PlatformConnection {
  const { base_url } = hook.reply
  // Checked again: a URL that was allowed when the hook was created may no longer be.
  if (base_url !== null) checkDestination(base_url, rulesOf(config), 'reply.base_url')
  let last: PlatformResponse | undefined
  return {
    lastResponse: () => last,
    context: async (messageId, needsToken = true) => {
      const base = { event, settings: hook.reply, secrets, nowMs: Date.now() }
      const source = needsToken ? platform.token(base) : undefined
      const accessToken = source && (await accessTokenFor(hook.id, source, config))
      return { ...base, accessToken, messageId }
    },
    ask: async (request) => {
      const response = await callPlatform(request, config)
      const text = (await response.text()).slice(0, MAX_RESPONSE_CHARACTERS)
      const said = parseObject(text) ?? {}
      last = { status: response.status, text, retryAfterMs: retryAfterIn([...response.headers], Date.now()) }
      const expired = isTokenExpired(platform, response.status, said)
      if (expired) accessTokens.delete(hook.id)
      const failure = response.ok ? platform.failure(said) : `The platform answered ${response.status}.`
      if (failure !== undefined) throw new PlatformRefusal(failure, last, expired)
      return said
    },
  }
}

function rulesOf({ webhooks, publicUrls }: Config): DestinationRules {
  return { allowLoopback: webhooks.allowLoopback, ownOrigins: publicUrls }
}

/** Sends a request to a platform. Redirects are not followed: they could lead anywhere. */
export function callPlatform(
  { method, url, headers, body }: PlatformRequest,
  { webhooks }: Config,
): Promise<Response> {
  return fetch(url, {
    method,
    headers,
    redirect: 'manual',
    signal: AbortSignal.timeout(webhooks.timeoutMs),
    ...(method !== 'GET' && { body }),
  })
}

function isTokenExpired({ expiredTokenCodes }: Platform, status: number, said: JsonObject): boolean {
  const code = said.errcode ?? said.code
  return status === 401 || expiredTokenCodes.some((expired) => expired === code)
}

async function accessTokenFor(hookId: string, source: TokenSource, config: Config): Promise<string> {
  const known = accessTokens.get(hookId)
  if (known && Date.now() < known.untilMs) return known.token
  const response = await callPlatform(source.request, config)
  const read = source.read(parseObject((await response.text()).slice(0, MAX_RESPONSE_CHARACTERS)) ?? {})
  if (!read) throw new Error(`The platform returned no access token: it answered ${response.status}.`)
  const untilMs = Date.now() + 1000 * read.expiresInSeconds - TOKEN_MARGIN_MS
  setBounded(accessTokens, hookId, { token: read.token, untilMs }, MEMORY_ENTRIES)
  return read.token
}
