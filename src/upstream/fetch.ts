import { GatewayError, type UpstreamFault } from '../errors.ts'
import { durationText } from '../lib/duration.ts'
import type { CallSignal } from './call-signal.ts'

/** The request that is sent to DashScope. The body is plain bytes, so that it can be sent again. */
export interface UpstreamRequest {
  url: string
  method: string
  /** Names in lower case. */
  headers: Record<string, string>
  body: Uint8Array<ArrayBuffer> | undefined
  /** A body that is forwarded while it arrives, in place of `body`; it can be sent only once. */
  upload?: ReadableStream<Uint8Array>
}

/** The time limit of an upstream call until its first byte, and a way to abort it before or after that. */
export interface Deadline {
  signal: AbortSignal
  /** Whether the time limit aborted the call, and not the caller. */
  isOver: () => boolean
  /** The timeout error. */
  late: () => GatewayError
  /** Aborts the call. */
  abort: () => void
  /** The first byte has arrived: the time limit no longer applies. */
  end: () => void
  /**
   * The response is complete: the caller can no longer abort the call. Without this, the runtime keeps the request in
   * memory until V8's next major garbage collection.
   */
  release: () => void
  /**
   * Keeps the time limit running although the response's head is passed on.
   *
   * @returns a function to call when the first event has arrived.
   */
  hold: () => () => void
}

/** The connection failed, or broke before the response was complete. */
export const LOST: UpstreamFault = { status: 0, code: 'lost' }

/** Statuses that Cloudflare's `fetch` returns itself, as text, if the origin cannot be reached: the request was not delivered. */
const UNREACHABLE = new Set([521, 522, 523, 525, 526, 527, 530])

/** The origin sent an invalid response (520) or timed out (524): the request may have been delivered. */
const LOST_BY_PLATFORM = 520
const LATE_BY_PLATFORM = 524

/** The content encodings that the runtime decodes; others would reach the caller as compressed bytes. */
const DECODED = /^(?:gzip|x-gzip|br|identity|)$/

/**
 * Starts the time limit of an upstream call.
 *
 * @param caller aborts the call, before and after its first byte.
 */
export function startDeadline(milliseconds: number, caller?: CallSignal): Deadline {
  const controller = new AbortController()
  const abort = () => controller.abort()
  let isOver = false
  let isHeld = false
  const timer = setTimeout(() => {
    isOver = true
    abort()
  }, milliseconds)
  if (caller?.aborted) abort()
  else caller?.addEventListener('abort', abort)
  return {
    signal: controller.signal,
    isOver: () => isOver,
    late: () => tooLate(milliseconds),
    abort,
    end: () => {
      if (!isHeld) clearTimeout(timer)
    },
    release: () => caller?.removeEventListener('abort', abort),
    hold: () => {
      isHeld = true
      return () => clearTimeout(timer)
    },
  }
}

/**
 * Sends a request to DashScope and waits for the head of the response.
 *
 * @throws GatewayError `timeout` or `upstream`. The cause of a failed fetch is not read from its message: workerd's
 *   messages change.
 */
export async function ask(request: UpstreamRequest, deadline: Deadline): Promise<Response> {
  const body = request.upload ?? request.body
  const response = await fetch(request.url, {
    method: request.method,
    headers: request.headers,
    redirect: 'manual',
    signal: deadline.signal,
    ...(body && { body }),
  }).catch((cause) => {
    throw deadline.isOver() ? deadline.late() : unreached(LOST, cause)
  })
  const fault = faultOfHead(response)
  if (!fault) return response
  await response.body?.cancel().catch(() => undefined)
  throw fault
}

/** Why a response cannot be passed on, judging by its status and headers; undefined if it can. */
function faultOfHead({ status, headers }: Response): GatewayError | undefined {
  const isJson = headers.get('content-type')?.toLowerCase().startsWith('application/json')
  if (!isJson && UNREACHABLE.has(status)) return unreached({ status, code: 'unreachable' })
  if (!isJson && status === LOST_BY_PLATFORM) return unreached({ status, code: 'lost' })
  if (!isJson && status === LATE_BY_PLATFORM) return tooLate(undefined, status)
  if (status >= 300 && status <= 399) {
    return new GatewayError(
      'upstream',
      `DashScope answered with a redirect (${status}), which is not followed.`,
    )
  }
  // RFC 9110 section 15: status codes end at 599, and the runtime cannot send others to the caller.
  if (status < 200 || status > 599) {
    return new GatewayError(
      'upstream',
      `DashScope answered with the invalid status ${status}. Try again in a moment.`,
    )
  }
  const encoding = headers.get('content-encoding')?.trim().toLowerCase() ?? ''
  if (DECODED.test(encoding)) return undefined
  return new GatewayError(
    'upstream',
    `DashScope answered with the encoding "${encoding.slice(0, 20)}", which the gateway did not ask for.`,
  )
}

function unreached(upstream: UpstreamFault, cause?: unknown): GatewayError {
  return new GatewayError('upstream', 'DashScope could not be reached. Try again in a moment.', {
    cause,
    upstream,
  })
}

function tooLate(milliseconds: number | undefined, status = 0): GatewayError {
  const within = milliseconds === undefined ? 'in time' : `within ${durationText(milliseconds / 1000)}`
  return new GatewayError('timeout', `DashScope did not answer ${within}. Try again, or request a stream.`, {
    upstream: { status, code: 'late' },
  })
}
