import { failureIn } from '../dashscope/failure.ts'
import type { Region } from '../dashscope/regions.ts'
import type { Target } from '../dashscope/targets.ts'
import type { Failure } from '../dashscope/upstream-errors.ts'
import { GatewayError } from '../errors.ts'
import { bytesOf, textOf } from '../lib/json/utf8.ts'
import { maskCredentials } from '../lib/mask.ts'
import { aggregate } from './aggregate.ts'
import type { CallSignal } from './call-signal.ts'
import { upstreamIdIn } from './headers.ts'
import { relay } from './relay-response.ts'
import type { UpstreamResponse } from './response.ts'
import { type UpstreamCall, upstreamRequest } from './upstream-call.ts'
import type { Watcher } from './watcher.ts'

/** One upstream call of a request, as the log shows it. */
export interface Attempt {
  /** The target's id. */
  to: string
  region: Region
  model: string
  /**
   * DashScope's status; `unreachable`, `lost`, `late` or `nonsense` without a usable response; `aborted` if another
   * region won or the caller left; empty while the call is in progress.
   */
  status: string
  /** DashScope's error code, if it responded with an error. */
  code?: string
  /** DashScope's request id; each attempt has its own. */
  upstream_request?: string
  milliseconds: number
}

/**
 * How an attempt ended. `final`: with a response that is passed on unchanged. `refused`: with an error response that
 * may be retried. `failed`: without a usable response; with a `failure` it may be retried.
 */
export type AttemptResult =
  | { kind: 'final'; target: Target; response: UpstreamResponse }
  | { kind: 'refused'; target: Target; response: UpstreamResponse; failure: Failure }
  | { kind: 'failed'; target: Target; error: unknown; failure: Failure | undefined }

/** What every attempt of a request needs. */
export interface AttemptOptions {
  requestId: string
  signal: CallSignal
  watcher?: Watcher | undefined
  /** Receives the first event of a stream before the caller does; the stream fails if it rejects. */
  opened?: ((events: Uint8Array, target: Target) => Promise<void>) | undefined
  /** An entry is added when an attempt begins. */
  attempts: Attempt[]
}

/**
 * Sends a request to one target once, within `limitMs`. Never rejects.
 *
 * @param options `asStream`: whether a non-stream request is sent as a stream.
 */
export async function attempt(
  call: UpstreamCall,
  target: Target,
  options: AttemptOptions & { limitMs: number; asStream: boolean; claim?: (() => boolean) | undefined },
): Promise<AttemptResult> {
  const startMs = Date.now()
  const entry: Attempt = {
    to: target.id,
    region: target.region,
    model: call.model,
    status: '',
    milliseconds: 0,
  }
  options.attempts.push(entry)
  try {
    const { endpoint, stream, deadlines, aggregation } = call
    const request = upstreamRequest(call, target)
    const { requestId, limitMs, signal, watcher, claim } = options
    const opened = options.opened && ((events: Uint8Array) => options.opened?.(events, target))
    const { idleMs } = deadlines
    const within = { requestId, limitMs, signal, watcher, claim, opened, endpoint, stream, idleMs }
    const response = await (aggregation && options.asStream
      ? aggregate(request, within, aggregation)
      : relay(request, within))
    entry.status = String(response.status)
    const upstreamId = upstreamIdIn(response.headers)
    if (upstreamId !== undefined) entry.upstream_request = upstreamId
    if (response.kind === 'open' || response.status < 400) return { kind: 'final', target, response }
    const failure = failureIn(response.status, response.headers, response.body, Date.now())
    entry.code = failure.code
    return response.isPaid
      ? { kind: 'final', target, response }
      : { kind: 'refused', target, response, failure }
  } catch (error) {
    const fault = error instanceof GatewayError ? error.upstream : undefined
    entry.status = options.signal.aborted ? 'aborted' : String(fault?.code || fault?.status || 'nonsense')
    const failure = fault && !fault.isPaid ? { ...fault, message: '' } : undefined
    return { kind: 'failed', target, error, failure }
  } finally {
    entry.milliseconds = Date.now() - startMs
  }
}

/**
 * The response of an attempt, for the caller.
 *
 * @throws its error if the attempt got no response; `upstream` for a 401, because it concerns the gateway's own key:
 *   a client that saw it would discard or renew its own credential.
 */
export function responseOf(result: AttemptResult): UpstreamResponse {
  if (result.kind === 'failed') throw result.error
  const { response, target } = result
  if (response.status !== 401) return withMaskedError(response, target)
  throw new GatewayError(
    'upstream',
    `DashScope refused the key that this gateway uses. Its operator must check ${target.keyName}.`,
    { upstream: { status: 401, code: '' } },
  )
}

/** An error response with credentials masked: DashScope quotes wrong keys in its messages (promise P2). */
function withMaskedError(response: UpstreamResponse, { apiKey }: Target): UpstreamResponse {
  if (response.kind !== 'whole' || response.status < 400) return response
  const text = textOf(response.body)
  const masked = maskCredentials(text).replaceAll(apiKey, '…')
  return masked === text ? response : { ...response, body: bytesOf(masked) }
}

/** How an attempt failed; undefined if nothing can be retried. */
export function failureOf(result: AttemptResult): Failure | undefined {
  return result.kind === 'final' ? undefined : result.failure
}

/** The attempt whose response the caller got; if none succeeded, the last one. */
export function respondingAttempt(attempts: readonly Attempt[]): Attempt | undefined {
  return attempts.find(({ status }) => status.startsWith('2')) ?? attempts.at(-1)
}

/**
 * The header `X-Edge-Attempts` (an RFC 9651 item): the number of attempts and the status of each,
 * `2;path="beijing=503, singapore=200"`.
 */
export function attemptsHeader(attempts: readonly Attempt[]): string {
  const path = attempts.map(({ region, status }) => `${region}=${status || 'aborted'}`).join(', ')
  return `${attempts.length};path="${path}"`
}
