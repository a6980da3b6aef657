import { errorBody, type GatewayError } from '../errors.ts'
import { attemptsHeader } from '../upstream/attempt.ts'
import { upstreamIdIn } from '../upstream/headers.ts'
import type { UpstreamResponse } from '../upstream/response.ts'
import type { Exchange } from './exchange.ts'

/**
 * The response to the caller: DashScope's response with the gateway's own headers. All names are in lower case, so a
 * plain object can be used, which costs a fraction of setting each header. It is filled step by step, because V8
 * defines members that follow a spread one by one in its slow path.
 */
export function respond(
  exchange: Exchange,
  { status, headers: upstream, body }: UpstreamResponse,
  extra: Record<string, string> = {},
): Response {
  const headers = idForClients(exchange, upstreamIdIn(upstream))
  for (const [name, value] of upstream) headers[name] = value
  addOwnHeaders(headers, exchange)
  Object.assign(headers, retryAdvice(exchange, status), extra)
  if (headers['content-type']?.startsWith('text/event-stream')) {
    // Proxies and Cloudflare's edge would buffer events to compress them (RFC 9111 §5.2.2.6; nginx's header).
    headers['cache-control'] = 'no-store, no-transform'
    headers['x-accel-buffering'] = 'no'
  }
  exchange.response = { status, cache: headers['cache-status'] ?? '', atMs: Date.now() }
  return new Response(body, { status, headers })
}

/** A JSON response of the gateway itself. */
export function respondJson(
  exchange: Exchange,
  status: number,
  body: unknown,
  extra: Record<string, string> = {},
): Response {
  exchange.response = { ...exchange.response, status }
  const headers = idForClients(exchange)
  addOwnHeaders(headers, exchange)
  return Response.json(body, { status, headers: Object.assign(headers, extra) })
}

/** An error in the dialect of the path. */
export function respondError(exchange: Exchange, error: GatewayError): Response {
  const { dialect, id } = exchange
  return respondJson(exchange, error.status, errorBody(error, dialect, id), {
    ...retryAdvice(exchange, error.status),
    ...error.headers,
  })
}

/**
 * The request id in the header that the SDKs of the dialect show in their errors: DashScope's id, else the gateway's.
 * OpenAI's SDKs read `x-request-id`, Anthropic's `request-id`.
 */
function idForClients({ dialect, id }: Exchange, upstreamId = id): Record<string, string> {
  return { [dialect === 'anthropic' ? 'request-id' : 'x-request-id']: upstreamId }
}

/**
 * If the gateway has retried, the SDKs of OpenAI and Anthropic must not retry too, since the attempts would multiply.
 * Both read this header before the status.
 */
function retryAdvice({ attempts }: Exchange, status: number): Record<string, string> {
  return status >= 400 && attempts.length > 1 ? { 'x-should-retry': 'false' } : {}
}

/** `no-store`: each response belongs to one caller, and shared caches must not serve it to others. */
function addOwnHeaders(headers: Record<string, string>, exchange: Exchange): void {
  // A background revalidation has no status yet and did not contribute to this response.
  const wasAsked = exchange.attempts.some(({ status }) => status !== '')
  const timing = exchange.timings.map(([part, milliseconds]) => `${part};dur=${milliseconds}`).join(', ')
  headers['cache-control'] = 'no-store'
  headers['x-edge-request-id'] = exchange.id
  if (timing) headers['server-timing'] = timing
  if (wasAsked) headers['x-edge-attempts'] = attemptsHeader(exchange.attempts)
  Object.assign(headers, exchange.headers)
}
