import { retryAfterIn } from '../dashscope/failure.ts'
import { unframeError } from '../dashscope/stream/first-event.ts'
import { GatewayError, type Reason } from '../errors.ts'
import { bytesOf, textOf } from '../lib/json/utf8.ts'
import { asJson, type WholeResponse } from './response.ts'

/** The gateway's reason for a status without a DashScope error. A 5xx that is not listed is `upstream`. */
const REASON_OF_STATUS: Readonly<Record<number, Reason>> = {
  403: 'denied',
  404: 'notFound',
  405: 'wrongMethod',
  413: 'tooLarge',
  415: 'mediaType',
  429: 'rateLimited',
  503: 'unavailable',
  504: 'timeout',
}

/**
 * An error as plain JSON: as DashScope sent it, or extracted from its event.
 *
 * @throws GatewayError with the gateway's own message for anything else, such as an HTML page or an empty body. A 4xx
 *   keeps its status: the request cannot succeed, and a client would retry a 502.
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
  if (unframed) return { kind: 'whole', status, headers: asJson(headers), body: bytesOf(unframed) }
  throw noJson(status, headers, text === '')
}

function noJson(status: number, headers: [string, string][], isEmpty: boolean): GatewayError {
  const isRefusal = status >= 400 && status <= 499
  const retryAfterMs = retryAfterIn(headers, Date.now())
  const what = isEmpty ? 'no body' : 'a body that is not JSON'
  const isPassing = !isRefusal || status === 429 || status === 408
  return new GatewayError(
    REASON_OF_STATUS[status] ?? (isRefusal ? 'invalid' : 'upstream'),
    `DashScope answered ${status} with ${what}.${isPassing ? ' Try again in a moment.' : ''}`,
    {
      ...(isRefusal && { status }),
      ...(retryAfterMs !== undefined && {
        headers: { 'retry-after': String(Math.ceil(retryAfterMs / 1000)) },
      }),
      ...(status >= 400 && {
        upstream: { status, code: '', ...(retryAfterMs !== undefined && { retryAfterMs }) },
      }),
    },
  )
}
