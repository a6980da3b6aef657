import { GatewayError } from '../errors.ts'

/** What goes to DashScope. The body is plain bytes, so that asking again is possible. */
export interface UpstreamRequest {
  url: string
  method: string
  headers: Headers
  body: Uint8Array<ArrayBuffer> | undefined
}

/**
 * Asks DashScope and waits for the head of its answer.
 *
 * The deadline ends with the head: a stream may then take as long as it likes. When the caller leaves, the runtime cancels
 * the fetch together with the request it belongs to; `signal` is for a call that outlives its request.
 *
 * @throws GatewayError `timeout` or `upstream`. Why a fetch failed is never read from the message: workerd's messages change.
 */
export async function ask(
  request: UpstreamRequest,
  deadlineMs: number,
  signal?: AbortSignal,
): Promise<Response> {
  const deadline = new AbortController()
  const timer = setTimeout(() => deadline.abort(), deadlineMs)
  const abort = () => deadline.abort()
  signal?.addEventListener('abort', abort)
  try {
    const response = await fetch(request.url, {
      method: request.method,
      headers: request.headers,
      ...(request.body && { body: request.body }),
      redirect: 'manual',
      signal: deadline.signal,
    })
    const { status } = response
    const isRedirect = status >= 300 && status <= 399
    // RFC 9110 section 15: codes end at 599; an answer outside of them could not be given to the caller.
    if (status >= 200 && status <= 599 && !isRedirect) return response
    await response.body?.cancel()
    throw new GatewayError(
      'upstream',
      isRedirect
        ? `DashScope answered with a redirect (${status}), which is not followed.`
        : `DashScope answered with the status ${status}, which does not exist. Try again in a moment.`,
    )
  } catch (thrown) {
    if (thrown instanceof GatewayError) throw thrown
    if (deadline.signal.aborted && !signal?.aborted) {
      throw new GatewayError(
        'timeout',
        `DashScope did not answer within ${deadlineMs / 1000} seconds. Try again, or ask for a stream.`,
      )
    }
    throw new GatewayError('upstream', 'DashScope could not be reached. Try again in a moment.', {
      cause: thrown,
    })
  } finally {
    clearTimeout(timer)
  }
}
