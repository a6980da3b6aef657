import type { Context } from 'hono'
import type { Env } from '../config.ts'
import { dialectOfPath } from '../dashscope/endpoints.ts'
import type { Dialect } from '../errors.ts'
import type { Principal } from '../policy/key-record.ts'
import { type Attempt, attemptsHeader } from '../upstream/attempt.ts'
import { upstreamIdIn } from '../upstream/headers.ts'
import type { UpstreamResponse } from '../upstream/response.ts'

/** What the gateway knows of one request from its first moment on: its name, its clock, and what every answer to it says. */
export interface Exchange {
  id: string
  url: URL
  startedMs: number
  /** How errors are told: the dialect of the path. */
  dialect: Dialect
  /** What every answer says from here on: CORS for a page that was let in, the state of the caller's limits. */
  headers: Record<string, string>
  /** Milliseconds spent in each part of the work, for Server-Timing. */
  timings: [part: string, milliseconds: number][]
  /** What the caller was told, for the log; status 0 where it left before. */
  told: { status: number; cache: string }
  /** The caller, once it is known. */
  principal: Principal | undefined
  /** The upstream calls that were made for it. */
  attempts: Attempt[]
  /** Whether an account was opened for it, which then writes its line of the log. */
  hasAccount: boolean
}

/** What Hono knows of a request: the bindings, and the exchange. */
export interface AppEnv {
  Bindings: Env
  Variables: { exchange: Exchange }
}
export type EdgeContext = Context<AppEnv>

/** Gives a request its id and starts its clock. */
export function beginExchange(address: string): Exchange {
  // A Host header that is no host makes an address that is none; what is asked stands behind it, and nothing here hangs on it.
  const url = URL.parse(address) ?? new URL(address.replace(/^https?:\/\/[^/]*/, 'http://host.invalid'))
  return {
    id: crypto.randomUUID(),
    url,
    startedMs: Date.now(),
    dialect: dialectOfPath(url.pathname),
    headers: {},
    timings: [],
    told: { status: 0, cache: '' },
    principal: undefined,
    attempts: [],
    hasAccount: false,
  }
}

/** Waits for one part of the work and notes how long it took; a Worker's clock only moves with I/O, which is what counts. */
export async function timed<T>(exchange: Exchange, part: string, work: Promise<T>): Promise<T> {
  const start = Date.now()
  try {
    return await work
  } finally {
    exchange.timings.push([part, Date.now() - start])
  }
}

/**
 * The answer as the caller gets it: what DashScope sent, and the gateway's own headers. All names are in lower case, so a
 * plain object serves, which costs a fraction of setting each header.
 */
export function respond(
  exchange: Exchange,
  answer: UpstreamResponse,
  extra: Record<string, string> = {},
): Response {
  const headers = {
    ...idForClients(exchange, upstreamIdIn(answer.headers)),
    ...Object.fromEntries(answer.headers),
    ...ownHeaders(exchange),
    ...extra,
  }
  if (headers['content-type']?.startsWith('text/event-stream')) {
    // Proxies and Cloudflare's own edge would gather events to compress them (RFC 9111 §5.2.2.6; nginx's header).
    headers['cache-control'] = 'no-store, no-transform'
    headers['x-accel-buffering'] = 'no'
  }
  exchange.told = { status: answer.status, cache: headers['cache-status'] ?? '' }
  return new Response(answer.body, { status: answer.status, headers })
}

/** A JSON answer of the gateway's own making. */
export function respondJson(
  exchange: Exchange,
  status: number,
  body: unknown,
  extra: Record<string, string> = {},
): Response {
  exchange.told.status = status
  return Response.json(body, {
    status,
    headers: { ...idForClients(exchange), ...ownHeaders(exchange), ...extra },
  })
}

/**
 * A name for the request where the SDKs of the dialect look for it, to show in their errors: DashScope's, and else the
 * gateway's. OpenAI's SDKs read `x-request-id`, Anthropic's `request-id`.
 */
function idForClients({ dialect, id }: Exchange, upstreamId = id): Record<string, string> {
  return { [dialect === 'anthropic' ? 'request-id' : 'x-request-id']: upstreamId }
}

/** `no-store`: each answer was given to one caller, and no cache on the way may give it to the next one. */
function ownHeaders(exchange: Exchange): Record<string, string> {
  // A call that fetches a fresh answer behind a stale one has only begun, and is none that the answer took.
  const wasAsked = exchange.attempts.some(({ outcome }) => outcome !== '')
  const timing = exchange.timings.map(([part, milliseconds]) => `${part};dur=${milliseconds}`).join(', ')
  return {
    'cache-control': 'no-store',
    'x-edge-request-id': exchange.id,
    ...(timing && { 'server-timing': timing }),
    ...(wasAsked && { 'x-edge-attempts': attemptsHeader(exchange.attempts) }),
    ...exchange.headers,
  }
}
