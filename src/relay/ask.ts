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
    if (response.status < 300 || response.status > 399) return response
    await response.body?.cancel()
    throw new GatewayError(
      'upstream',
      `DashScope answered with a redirect (${response.status}), which is not followed.`,
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
