import type { HeaderMap } from '../../lib/header-map.ts'
import type { Endpoint } from '../endpoint.ts'

/**
 * Whether a switch header of DashScope (`X-DashScope-SSE`, `X-DashScope-Async`) is on. A repeated header arrives as a
 * list, and DashScope may use any of its values.
 */
export function headerEnables(headers: HeaderMap, name: string): boolean {
  const values = headers.get(name)?.toLowerCase().split(',') ?? []
  return values.some((value) => value.trim() === 'enable')
}

/**
 * Whether a request asks for a stream.
 *
 * Native endpoints: `X-DashScope-SSE: enable`, or an `Accept` that lists `text/event-stream`; `parameters.stream` is
 * a switch of the Python SDK without effect over HTTP (DashScope API reference, "stream"). Elsewhere: `stream` in the
 * body.
 */
export function asksForStream(endpoint: Endpoint, headers: HeaderMap, body: unknown): boolean {
  if (endpoint.stream === 'never') return false
  if (endpoint.stream === 'body') return (body as { stream?: unknown } | null)?.stream === true
  return headerEnables(headers, 'x-dashscope-sse') || acceptsEventStream(headers.get('accept'))
}

/** Whether a request asks for a task instead of a response. */
export function asksForTask(headers: HeaderMap): boolean {
  return headerEnables(headers, 'x-dashscope-async')
}

/**
 * Whether the input is encrypted, and the response too (the SDKs' `enable_encryption`): both use a key that the
 * caller made for this request, and only the account whose public key was used can decrypt it.
 */
export function isEncrypted(headers: HeaderMap): boolean {
  return headers.has('x-dashscope-encryptionkey')
}

/** RFC 9110 section 12.5.1: a list of media ranges with parameters; `q=0` means "not this one". */
function acceptsEventStream(accept: string | null | undefined): boolean {
  if (!accept?.toLowerCase().includes('text/event-stream')) return false
  return accept
    .toLowerCase()
    .split(',')
    .map((range) => range.split(';').map((part) => part.trim()))
    .some(
      ([type, ...parameters]) =>
        type === 'text/event-stream' && !parameters.some((each) => /^q=0(\.0*)?$/.test(each)),
    )
}
