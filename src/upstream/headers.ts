import type { HeaderMap } from '../lib/header-map.ts'

/** Request headers that are forwarded to DashScope unchanged; all others are dropped (promise P2). */
const UP = new Set([
  'content-type',
  'accept',
  'user-agent',
  'x-accel-buffering',
  'anthropic-version',
  'anthropic-beta',
  'openai-beta',
  // DashScope's own headers (API reference and both official SDKs), except its credential and the ones that only its
  // gateways set.
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

/**
 * Response headers that are forwarded to the caller; cookies, server names and account ids are dropped (DashScope
 * leaks some).
 */
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
 * The headers of the request to DashScope: the caller's headers by allow-list, and the gateway's own key.
 *
 * @param stream asks DashScope not to compress: clients accept gzip, which would delay events, and a broken stream
 *   could not be ended with a plain frame.
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

/** The headers of DashScope's response that are forwarded to the caller and cached. */
export function responseHeaders(from: Headers): [string, string][] {
  return [...from].filter(([name]) => DOWN.has(name))
}

/**
 * Whether DashScope reports that it cut a response at its time limit: it then sends 200 with what it has. Such a
 * response is forwarded to the caller, but never cached, and counts as broken (promise P4).
 */
export function isPartial(headers: readonly [string, string][]): boolean {
  return headers.some(
    ([name, value]) => name === 'x-dashscope-partialresponse' && value.trim().toLowerCase() === 'true',
  )
}

/** DashScope's request id, under either header name that clients use; undefined if there is none. */
export function upstreamIdIn(headers: readonly [string, string][]): string | undefined {
  return headers.find(([name]) => name === 'x-request-id' || name === 'request-id')?.[1]
}
