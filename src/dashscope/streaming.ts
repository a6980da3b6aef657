import type { HeaderMap } from '../lib/header-map.ts'
import type { Endpoint } from './endpoint.ts'

/**
 * Whether a request asks for a stream.
 *
 * Native endpoints: `X-DashScope-SSE: enable`, or an `Accept` that lists `text/event-stream`; `parameters.stream` is a
 * switch of the Python SDK and says nothing over HTTP (DashScope API reference, "stream"). Elsewhere: the body's `stream`.
 */
export function asksForStream(endpoint: Endpoint, headers: HeaderMap, body: unknown): boolean {
  if (endpoint.stream === 'never') return false
  if (endpoint.stream === 'body') return (body as { stream?: unknown } | null)?.stream === true
  if (headers.get('x-dashscope-sse')?.trim().toLowerCase() === 'enable') return true
  return acceptsEventStream(headers.get('accept'))
}

/** Whether the request wants a task instead of an answer. */
export function asksForTask(headers: HeaderMap): boolean {
  return headers.get('x-dashscope-async')?.trim().toLowerCase() === 'enable'
}

/** RFC 9110 §12.5.1: a list of media ranges with parameters; `q=0` means "not this one". */
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
