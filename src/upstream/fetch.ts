import { GatewayError, type UpstreamFault } from '../errors.ts'

/** What goes to DashScope. The body is plain bytes, so that asking again is possible. */
export interface UpstreamRequest {
  url: string
  method: string
  /** By names in lower case. */
  headers: Record<string, string>
  body: Uint8Array<ArrayBuffer> | undefined
}

/** The time that an upstream call has to its first byte, and the handle to end it before or after that. */
export interface Deadline {
  signal: AbortSignal
  /** Whether it was the time, and not the caller, that ended the call. */
  isOver: () => boolean
  /** The error that says so. */
  late: () => GatewayError
  /** Ends the call. */
  abort: () => void
  /** The first byte is there: from now on the call may take as long as it likes. */
  end: () => void
}

/** The connection failed, or broke before the answer was complete. */
export const LOST: UpstreamFault = { status: 0, code: 'lost' }

/**
 * Starts the time of an upstream call.
 *
 * @param caller ends the call, before and after its first byte.
 */
export function startDeadline(milliseconds: number, caller?: AbortSignal): Deadline {
  const controller = new AbortController()
  const abort = () => controller.abort()
  let isOver = false
  const timer = setTimeout(() => {
    isOver = true
    abort()
  }, milliseconds)
  if (caller?.aborted) abort()
  else caller?.addEventListener('abort', abort)
  return {
    signal: controller.signal,
    isOver: () => isOver,
    late: () =>
      new GatewayError(
        'timeout',
        `DashScope did not answer within ${Math.ceil(milliseconds / 1000)} seconds. Try again, or ask for a stream.`,
        { upstream: { status: 0, code: 'late' } },
      ),
    abort,
    end: () => clearTimeout(timer),
  }
}

/**
 * Asks DashScope and waits for the head of its answer.
 *
 * @throws GatewayError `timeout` or `upstream`. Why a fetch failed is never read from the message: workerd's messages change.
 */
export async function ask(request: UpstreamRequest, deadline: Deadline): Promise<Response> {
  const response = await fetch(request.url, {
    method: request.method,
    headers: request.headers,
    ...(request.body && { body: request.body }),
    redirect: 'manual',
    signal: deadline.signal,
  }).catch((cause) => {
    if (deadline.isOver()) throw deadline.late()
    throw new GatewayError('upstream', 'DashScope could not be reached. Try again in a moment.', {
      cause,
      upstream: LOST,
    })
  })
  const { status } = response
  const isRedirect = status >= 300 && status <= 399
  // RFC 9110 section 15: codes end at 599; an answer outside of them could not be given to the caller.
  if (status >= 200 && status <= 599 && !isRedirect) return response
  await response.body?.cancel().catch(() => undefined)
  throw new GatewayError(
    'upstream',
    isRedirect
      ? `DashScope answered with a redirect (${status}), which is not followed.`
      : `DashScope answered with the status ${status}, which does not exist. Try again in a moment.`,
  )
}
