import type { Endpoint } from '../dashscope/endpoint.ts'
import { classifyEvent, errorFrame, type FirstEvent } from '../dashscope/stream/first-event.ts'
import { GatewayError } from '../errors.ts'
import { durationText } from '../lib/duration.ts'
import { bytesOf, textOf } from '../lib/json/utf8.ts'
import type { CallSignal } from './call-signal.ts'
import { ask, type Deadline, LOST, startDeadline, type UpstreamRequest } from './fetch.ts'
import { isPartial, responseHeaders } from './headers.ts'
import { plainError } from './plain-error.ts'
import { pump } from './pump.ts'
import { type ReadBody, readResponse, type UpstreamResponse } from './response.ts'
import { type Opening, openEventStream, relayEventStream } from './stream.ts'
import type { Watcher } from './watcher.ts'

/** A KV value may have 25 MiB; a response of 20 MiB leaves the isolate enough memory to work. */
export const MAX_CACHED_RESPONSE_BYTES = 20 * 1024 * 1024

/**
 * How long the status of a stream is held back for the first event, which may be an error. After that the head and
 * comments are relayed, since hops with idle limits of 60 to 100 s would cut a silent connection.
 */
const FIRST_EVENT_WAIT_MS = 20_000

/** The status for an error event without a usable status: a bad gateway. */
const NONSENSE_STATUS = 502

/** What a relay needs in addition to the request. */
export interface RelayOptions {
  endpoint: Endpoint
  requestId: string
  /** Whether the caller asked for a stream. */
  stream: boolean
  /** Time limit until the first event of a stream, or until the end of any other response. */
  limitMs: number
  /** How long a watched stream may be silent. */
  idleMs: number
  /** Aborts the upstream call. */
  signal: CallSignal
  /** Observes a stream as it passes. */
  watcher?: Watcher | undefined
  /** Receives the first event of a stream before the caller does; the stream fails if it rejects. */
  opened?: ((events: Uint8Array) => Promise<void> | undefined) | undefined
  /** With two calls for one request, the first that claims may respond; the other one gets `false`. */
  claim?: (() => boolean) | undefined
}

/**
 * Sends a request and relays the response unchanged: a stream through the native pipe, anything else once it is
 * complete.
 *
 * @throws GatewayError `upstream` or `timeout` if there is no response or an unusable one.
 */
export async function relay(request: UpstreamRequest, options: RelayOptions): Promise<UpstreamResponse> {
  const deadline = startDeadline(options.limitMs, options.signal)
  try {
    const response = await relayResponse(await ask(request, deadline), options, deadline)
    if (response.kind === 'whole') deadline.release()
    return response
  } finally {
    deadline.end()
  }
}

/** Whether the Content-Type of a response is an event stream. */
export function isEventStream({ headers }: Response): boolean {
  return (headers.get('content-type') ?? '').toLowerCase().startsWith('text/event-stream')
}

/**
 * Relays DashScope's response unchanged.
 *
 * @throws GatewayError `upstream` if it is unusable, `timeout` if the deadline passed meanwhile.
 */
export function relayResponse(
  response: Response,
  options: RelayOptions,
  deadline: Deadline,
): UpstreamResponse | Promise<UpstreamResponse> {
  if (response.ok && isEventStream(response)) return relayStream(response, options, deadline)
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

/** An error in the first event becomes a plain error with its true status; a later break becomes an error event (P4). */
async function relayStream(
  response: Response,
  { endpoint, requestId, watcher, opened, idleMs, claim }: RelayOptions,
  deadline: Deadline,
): Promise<UpstreamResponse> {
  const headers = responseHeaders(response.headers)
  const { body, status } = response
  const opening = body && (await openEventStream(body, FIRST_EVENT_WAIT_MS).catch(brokenOff(deadline)))
  const first = opening?.kind === 'opened' ? firstOf(opening) : undefined
  if (!body || !opening || first?.kind === 'incomplete') throw endedEarly()
  if (first?.kind === 'error') {
    void body.cancel().catch(() => undefined)
    // An error event without JSON does not show that the caller is at fault, so its status is not used.
    const status = first.data.trimStart().startsWith('{') ? first.status : NONSENSE_STATUS
    return plainError(status, headers, bytesOf(first.data))
  }
  requireClaim(claim)
  if (opening.kind === 'opened') await opened?.(opening.read)?.catch(givenUp(body))
  let isStalled = false
  const reason = () => (deadline.isOver() ? deadline.late() : isStalled ? stalled(idleMs) : cutShort())
  const relayed = relayEventStream(opening, body, {
    watcher,
    idle: {
      afterMs: idleMs,
      stalled: () => {
        isStalled = true
        deadline.abort()
      },
    },
    errorEvent: () => errorFrame(reason(), endpoint.dialect, requestId),
    opened,
    begun: opening.kind === 'slow' ? deadline.hold() : () => undefined,
    isPartial: isPartial(headers),
  })
  return { kind: 'open', status, headers, body: relayed }
}

/** Ends the upstream call of a stream that is not relayed. */
function givenUp(body: ReadableStream<Uint8Array>): (cause: unknown) => never {
  return (cause) => {
    void body.cancel(cause).catch(() => undefined)
    throw cause
  }
}

/** The first event of a stream. Some of DashScope's gateways label a plain JSON error as an event stream. */
function firstOf({ first, read }: Opening & { kind: 'opened' }): FirstEvent {
  if (first.kind !== 'incomplete') return first
  const text = textOf(read)
  const plain = text.trimStart().startsWith('{') ? classifyEvent(undefined, text, undefined) : first
  return plain.kind === 'error' ? plain : first
}

async function relayWhole(
  response: Response,
  { stream, watcher, claim }: RelayOptions,
  deadline: Deadline,
): Promise<UpstreamResponse> {
  const { status, ok } = response
  const headers = responseHeaders(response.headers)
  const read = await readResponse(response, MAX_CACHED_RESPONSE_BYTES).catch(brokenOff(deadline))
  // Some SDKs read the error of a stream only from an event, so a 4xx that came as an event stays one.
  if (read.kind === 'whole' && stream && status >= 400 && status <= 499 && isEventStream(response))
    return { kind: 'whole', status, headers, body: read.bytes }
  const type = response.headers.get('content-type')?.toLowerCase() ?? ''
  const isJson = ok && type.startsWith('application/json')
  const isEmpty = read.kind === 'whole' && read.bytes.byteLength === 0
  if (read.kind === 'whole' && !(isJson && !isEmpty) && !(ok && !response.body))
    return plainError(status, headers, read.bytes)
  if (ok) requireClaim(claim)
  return read.kind === 'whole'
    ? { kind: 'whole', status, headers, body: read.bytes }
    : { kind: 'open', status, headers, body: pumpLong(read, watcher) }
}

/**
 * Relays a response too long to buffer. A truncated JSON text cannot look complete, so a break just cuts the
 * connection.
 */
function pumpLong({ read, rest }: ReadBody & { kind: 'long' }, watcher: Watcher | undefined): ReadableStream {
  const { readable, writable } = new IdentityTransformStream()
  const see = (piece: Uint8Array) => watcher?.see(piece)
  const pumped = pump(rest.getReader(), writable, { read, see, onBroken: () => undefined })
  watcher?.keepAlive(pumped.then((ending) => watcher.ended(ending)))
  return readable
}

/** The error for a failed read of a body: the deadline was over, or the connection broke. */
export function brokenOff(deadline: Deadline): (cause: unknown) => never {
  return (cause) => {
    if (deadline.isOver()) throw deadline.late()
    throw new GatewayError('upstream', "DashScope's response broke off before it was complete. Try again.", {
      cause,
      upstream: LOST,
    })
  }
}

function endedEarly(): GatewayError {
  return new GatewayError('upstream', 'DashScope ended its stream before the first event. Try again.', {
    upstream: LOST,
  })
}

function cutShort(): GatewayError {
  return new GatewayError(
    'upstream',
    'The connection to DashScope broke before the response was complete. Send the request again.',
  )
}

function stalled(idleMs: number): GatewayError {
  return new GatewayError(
    'timeout',
    `DashScope sent nothing more for ${durationText(idleMs / 1000)}, and the response is not complete. Send the request again.`,
  )
}

/** With two calls for one request, only one may respond. */
export function requireClaim(claim: RelayOptions['claim']): void {
  if (claim?.() === false) throw new GatewayError('upstream', 'Another region has responded sooner.')
}
