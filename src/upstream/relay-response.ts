import type { Endpoint } from '../dashscope/endpoint.ts'
import { retryAfterIn } from '../dashscope/failure.ts'
import { errorFrame, unframeError } from '../dashscope/stream/first-event.ts'
import { GatewayError, type Reason } from '../errors.ts'
import { bytesOf, textOf } from '../lib/json/utf8.ts'
import { ask, type Deadline, LOST, startDeadline, type UpstreamRequest } from './fetch.ts'
import { responseHeaders } from './headers.ts'
import { asJson, readResponse, type UpstreamResponse, type WholeResponse } from './response.ts'
import { openEventStream, resume } from './stream.ts'
import type { Watcher } from './watcher.ts'

/** KV values end at 25 MiB; an answer of 20 MiB still leaves an isolate room to work. */
export const MAX_CACHED_ANSWER_BYTES = 20 * 1024 * 1024

/** What a relay needs to know besides the request itself. */
export interface RelayOptions {
  endpoint: Endpoint
  requestId: string
  /** Until the first byte: the first event of a stream, the whole of anything else. */
  deadlineMs: number
  /** How long a stream that is watched may stand still. */
  idleMs: number
  /** Ends the upstream call. */
  signal: AbortSignal
  /** Looks at a stream as it passes. */
  watcher?: Watcher | undefined
  /** Of two calls for one request the first that asks this may answer it; the other is told `false`. */
  claim?: (() => boolean) | undefined
}

/**
 * Asks DashScope and gives its answer as it came: a stream through the native pipe, everything else complete.
 *
 * @throws GatewayError `upstream` or `timeout` where there is no answer, or none that makes sense.
 */
export async function relay(request: UpstreamRequest, options: RelayOptions): Promise<UpstreamResponse> {
  const deadline = startDeadline(options.deadlineMs, options.signal)
  try {
    return await relayResponse(await ask(request, deadline), options, deadline)
  } finally {
    deadline.end()
  }
}

/** Whether DashScope answers with a stream. */
export function isEventStream({ ok, headers }: Response): boolean {
  return ok && (headers.get('content-type') ?? '').toLowerCase().startsWith('text/event-stream')
}

/**
 * Gives DashScope's answer as it came.
 *
 * @throws GatewayError `upstream` where it makes no sense, `timeout` where the deadline passed meanwhile.
 */
export async function relayResponse(
  response: Response,
  options: RelayOptions,
  deadline: Deadline,
): Promise<UpstreamResponse> {
  if (isEventStream(response)) return relayStream(response, options, deadline)
  if (response.ok && options.endpoint.isDownload) {
    return {
      kind: 'open',
      status: response.status,
      headers: responseHeaders(response.headers),
      body: response.body,
    }
  }
  return relayWhole(response, options, deadline)
}

/** Promise P4: an error in the first event becomes a plain error with its true status; a later break becomes an error event. */
async function relayStream(
  response: Response,
  { endpoint, requestId, watcher, idleMs, claim }: RelayOptions,
  deadline: Deadline,
): Promise<UpstreamResponse> {
  const headers = responseHeaders(response.headers)
  const { body } = response
  const opening = body && (await openEventStream(body).catch(brokenOff(deadline)))
  if (!body || !opening || opening.first.kind === 'incomplete') {
    throw new GatewayError('upstream', 'DashScope ended its stream before the first event. Try again.', {
      upstream: LOST,
    })
  }
  const { first, read } = opening
  if (first.kind === 'error') {
    void body.cancel().catch(() => undefined)
    return plainError(first.status, headers, bytesOf(first.data))
  }
  requireClaim(claim)
  let isStalled = false
  const ending = () => errorFrame(isStalled ? stalled(idleMs) : cutShort(), endpoint.dialect, requestId)
  const idle = {
    afterMs: idleMs,
    stalled: () => {
      isStalled = true
      deadline.abort()
    },
  }
  return { kind: 'open', status: response.status, headers, body: resume([read], body, ending, watcher, idle) }
}

async function relayWhole(
  response: Response,
  { watcher, claim }: RelayOptions,
  deadline: Deadline,
): Promise<UpstreamResponse> {
  const type = response.headers.get('content-type')?.toLowerCase() ?? ''
  const headers = responseHeaders(response.headers)
  const { status } = response
  if (!response.body) return { kind: 'whole', status, headers, body: new Uint8Array(0) }
  const read = await readResponse(response, MAX_CACHED_ANSWER_BYTES).catch(brokenOff(deadline))
  const saysJson = response.ok && type.startsWith('application/json')
  if (read.kind === 'whole' && !(saysJson && read.bytes.byteLength > 0))
    return plainError(status, headers, read.bytes)
  if (response.ok) requireClaim(claim)
  return read.kind === 'whole'
    ? { kind: 'whole', status, headers, body: read.bytes }
    : { kind: 'open', status, headers, body: resume(read.read, read.rest, undefined, watcher) }
}

/**
 * An error reaches the caller as plain JSON: as it came, out of its event frame, or in the gateway's words for a page of HTML.
 *
 * @throws GatewayError for such a page.
 */
export function plainError(
  status: number,
  headers: [string, string][],
  bytes: Uint8Array<ArrayBuffer>,
): WholeResponse {
  const text = textOf(bytes)
  if (status >= 400 && text.trimStart().startsWith('{')) {
    return { kind: 'whole', status, headers: asJson(headers), body: bytes }
  }
  const unframed = status >= 400 ? unframeError(text) : undefined
  if (unframed)
    return {
      kind: 'whole',
      status,
      headers: asJson(headers),
      body: bytesOf(unframed),
    }
  const retryAfterMs = retryAfterIn(headers, Date.now())
  const wait = retryAfterMs !== undefined && { 'retry-after': String(Math.ceil(retryAfterMs / 1000)) }
  throw new GatewayError(
    REASON_OF_STATUS[status] ?? 'upstream',
    `DashScope answered ${status} with something that is not JSON. Try again in a moment.`,
    {
      ...(wait && { headers: wait }),
      ...(status >= 400 && {
        upstream: { status, code: '', ...(retryAfterMs !== undefined && { retryAfterMs }) },
      }),
    },
  )
}

/** What a status means that came with a page instead of an error; everything else is an upstream that talks nonsense. */
const REASON_OF_STATUS: Readonly<Record<number, Reason>> = {
  413: 'tooLarge',
  429: 'rateLimited',
  503: 'unavailable',
  504: 'timeout',
}

/** For a body that ended before its end: what a broken connection means, and one that was cut because it was too late. */
export function brokenOff(deadline: Deadline): (cause: unknown) => never {
  return (cause) => {
    if (deadline.isOver()) throw deadline.late()
    throw new GatewayError('upstream', "DashScope's answer broke off before it was complete. Try again.", {
      cause,
      upstream: LOST,
    })
  }
}

function cutShort(): GatewayError {
  return new GatewayError(
    'upstream',
    'The connection to DashScope broke before the answer was complete. Ask again.',
  )
}

function stalled(idleMs: number): GatewayError {
  return new GatewayError(
    'timeout',
    `DashScope sent nothing more for ${idleMs / 1000} seconds, and the answer is not complete. Ask again.`,
  )
}

/** Of two calls for one request only one may answer it. */
export function requireClaim(claim: RelayOptions['claim']): void {
  if (claim?.() === false) throw new GatewayError('upstream', 'Another region has answered sooner.')
}
