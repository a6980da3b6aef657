import type { HeaderMap } from '../lib/header-map.ts'

/** Request headers that go to DashScope as the caller sent them; every other one stays here (promise P2). */
const UP = new Set([
  'content-type',
  'accept',
  'user-agent',
  'x-accel-buffering',
  'anthropic-version',
  'anthropic-beta',
  'openai-beta',
  // DashScope's own (API reference and both official SDKs), without its credential and what only its gateways say.
  'x-dashscope-async',
  'x-dashscope-authtype',
  'x-dashscope-cachecontrol',
  'x-dashscope-datainspection',
  'x-dashscope-encryptionkey',
  'x-dashscope-openapisource',
  'x-dashscope-ossresourceresolve',
  'x-dashscope-plugin',
  'x-dashscope-sdk-client',
  'x-dashscope-sdk-session-id',
  'x-dashscope-session-cache',
  'x-dashscope-sse',
  'x-dashscope-useragent',
  'x-dashscope-wait-timeout',
  'x-dashscope-workspace',
  'x-dashscope-workspaceid',
])

/** Response headers that reach the caller; cookies, server names and account ids do not (DashScope leaks some of them). */
const DOWN = new Set([
  'content-type',
  'content-disposition',
  'content-language',
  'x-request-id',
  'request-id',
  'retry-after',
  'x-dashscope-call-gateway',
  'x-dashscope-finished',
  'x-dashscope-timeout',
  'x-dashscope-outputencrypted',
  'x-dashscope-partialresponse',
  'req-cost-time',
  'req-arrive-time',
  'resp-start-time',
])

/**
 * The headers of the request to DashScope: the caller's by allow-list, and the gateway's own key.
 *
 * @param stream asks DashScope not to compress: every client offers gzip and would get its events in lumps, and a broken
 *   stream could not be ended with a plain frame.
 */
export function upstreamHeaders(from: HeaderMap, apiKey: string, stream: boolean): Record<string, string> {
  const headers: Record<string, string> = {}
  for (const [name, value] of from) {
    if (UP.has(name)) headers[name] = value
  }
  headers.authorization = `Bearer ${apiKey}`
  if (stream) headers['accept-encoding'] = 'identity'
  return headers
}

/** The headers of DashScope's answer that reach the caller and the cache. */
export function responseHeaders(from: Headers): [string, string][] {
  return [...from].filter(([name]) => DOWN.has(name))
}

/**
 * Whether DashScope says that it cut a response at its time limit: it then sends 200 with what it has. Such a response
 * reaches the caller, but is never cached and counts as broken (promise P4).
 */
export function isPartial(headers: readonly [string, string][]): boolean {
  return headers.some(
    ([name, value]) => name === 'x-dashscope-partialresponse' && value.trim().toLowerCase() === 'true',
  )
}

/** DashScope's own name for a request, under either of the names that clients know; undefined if it gave none. */
export function upstreamIdIn(headers: readonly [string, string][]): string | undefined {
  return headers.find(([name]) => name === 'x-request-id' || name === 'request-id')?.[1]
}
