/// <reference types="node/crypto" />

import { createHash, hash } from 'node:crypto'
import type { Endpoint } from '../dashscope/endpoint.ts'
import type { HeaderMap } from '../lib/header-map.ts'
import type { JsonBody } from '../lib/json/body.ts'
import { bytesOf } from '../lib/json/utf8.ts'
import { join } from '../upstream/response.ts'
import type { OmitMember } from './canonical.ts'
import { canonicalize } from './canonical.ts'

/**
 * Part of every cache key: increment it when the format of keys or entries changes, so that old entries are never
 * read again.
 */
export const CACHE_KEY_VERSION = '2'

/**
 * Whose responses an entry holds: one client key, one end user of a key, or a scope that the operator shares among
 * keys. The kind is hashed too, so that a client key named like a shared scope gets no access to it. A higher
 * generation empties the scope.
 */
export type CacheScope = { kind: 'key' | 'user' | 'shared'; id: string; generation: number }

export type CacheKeyInput = {
  version: string
  scope: CacheScope
  /** Host of the region or workspace. */
  host: string
  /** Path and query of the upstream request. */
  path: string
  /** The result of `responseChangingHeaders`. */
  headers: readonly (readonly [name: string, value: string])[]
  /** The original request body; undefined without one. */
  json: JsonBody | undefined
  /** Selects the members that only affect how the response is sent; see `isTransportOption`. */
  omit: OmitMember
}

/**
 * Headers that do not change DashScope's response; ignoring them lets two SDKs share an entry: the calling software
 * (`-useragent`, `-sdk-client`, `-sdk-session-id`, `-openapisource`), the credential (`-apikey`, `-authtype`; the
 * gateway sends its own, and a cache key must not depend on a secret), how long to queue (`-wait-timeout`, which
 * affects only Throttling.BurstRate), and whether the service caches the prompt to make the next call cheaper
 * (`-cachecontrol`, which qwen-code sends with every request).
 */
const INDIFFERENT_HEADERS: ReadonlySet<string> = new Set([
  'x-dashscope-apikey',
  'x-dashscope-authtype',
  'x-dashscope-cachecontrol',
  'x-dashscope-openapisource',
  'x-dashscope-sdk-client',
  'x-dashscope-sdk-session-id',
  'x-dashscope-useragent',
  'x-dashscope-wait-timeout',
])

/**
 * Switches that have no effect when they are off. `enable` stays in the key: with X-DashScope-Async the response is a
 * task instead of a result, and for endpoints that do not stream the effect of X-DashScope-SSE is not documented.
 */
const SWITCH_HEADERS: ReadonlySet<string> = new Set(['x-dashscope-async', 'x-dashscope-sse'])

/** The headers of Anthropic's and OpenAI's APIs, which select the format and features of the response. */
const DIALECT_HEADERS: ReadonlySet<string> = new Set(['anthropic-beta', 'anthropic-version', 'openai-beta'])

/**
 * Selects the request headers that can change DashScope's response. Unknown headers are included: a needless miss
 * costs tokens, a wrong hit costs trust.
 *
 * @param headers the client's request headers.
 * @param isNativeStream whether X-DashScope-SSE only selects streaming.
 * @returns pairs of lower-case name and value, sorted by name.
 */
export function responseChangingHeaders(headers: HeaderMap, isNativeStream = false): [string, string][] {
  const pairs: [string, string][] = []
  for (const [name, value] of headers) {
    if (isNativeStream && name === 'x-dashscope-sse') continue
    if (changesResponse(name, value)) pairs.push([name, value])
  }
  return pairs.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
}

function changesResponse(name: string, value: string): boolean {
  if (DIALECT_HEADERS.has(name)) return true
  if (!name.startsWith('x-dashscope-') || INDIFFERENT_HEADERS.has(name)) return false
  return !(SWITCH_HEADERS.has(name) && value.trim().toLowerCase() === 'disable')
}

/**
 * Whether a body member only means "not a stream", the default: `stream: false` at the top (OpenAI, Anthropic and
 * Spring clients) or in `parameters` (LangChain.js).
 *
 * @param path keys from the top of the body to the member.
 * @param value the member's token as written.
 */
export function isStreamOff(path: readonly string[], value: string): boolean {
  return value === 'false' && isStreamSwitch(path)
}

/**
 * Selects the body members that only affect how the response is sent, so that a stream and a whole response to the
 * same request share an entry.
 *
 * `incremental_output` chooses the framing of native streams (DashScope API reference) and never changes the content;
 * if a model requires one value, the other is refused and so never stored. In a stream request, `stream: true` and
 * the compatible `stream_options` are omitted too. A `stream: true` that does not cause a stream is kept: its effect
 * is not documented.
 */
export function isTransportOption(endpoint: Endpoint, stream: boolean): OmitMember {
  const isNative = endpoint.stream === 'header'
  return (path, value) => {
    const name = path.join('.')
    if (isNative && name === 'parameters.incremental_output') return value === 'true' || value === 'false'
    if (!stream) return isStreamOff(path, value)
    if (name === 'stream_options') return !isNative
    return isStreamSwitch(path) && (value === 'true' || value === 'false')
  }
}

function isStreamSwitch(path: readonly string[]): boolean {
  return path.at(-1) === 'stream' && (path.length === 1 || (path.length === 2 && path[0] === 'parameters'))
}

/** A body up to this size is hashed in about 10 ms, whatever its content. */
const CHEAP_KEY_CODE_UNITS = 1024 * 1024

/** Up to this size a body is copied and hashed in one call, which is cheaper than a hash that is fed in pieces. */
const HASHED_AT_ONCE_BYTES = 16 * 1024

/**
 * Maximum number of quotation marks in a larger body, two per string and key. A few images need a hundred, a large
 * batch 100,000.
 */
const MAX_KEYED_QUOTES = 40_000

/**
 * Whether computing the cache key would cost more than a lookup saves: sorting and hashing megabytes of small values
 * takes up to half a second, while a few large strings are hashed in milliseconds. Such a request bypasses the cache.
 */
export function isCostlyToKey(text: string): boolean {
  if (text.length <= CHEAP_KEY_CODE_UNITS) return false
  let quotes = 0
  for (let at = text.indexOf('"'); at >= 0; at = text.indexOf('"', at + 1)) {
    quotes++
    if (quotes > MAX_KEYED_QUOTES) return true
  }
  return false
}

/**
 * The cache key of a request: equal exactly if the same tenant sends DashScope the same request.
 *
 * Each part is preceded by its length, so that parts cannot run into each other; the body comes last and needs none.
 * Parts are encoded as JSON strings because plain UTF-8 replaces all lone surrogates by the same character. The hash
 * is node:crypto's because Web Crypto cannot hash a large body in pieces.
 *
 * @returns SHA-256 in 64 lower-case hexadecimal digits.
 */
export function cacheKey({ version, scope, host, path, headers, json, omit }: CacheKeyInput): string {
  const parts = [version, scope.kind, scope.id, String(scope.generation), host, path, ...headers.flat()]
  let start = `${parts.length}:`
  for (const part of parts) {
    const spelled = JSON.stringify(part)
    start += `${spelled.length}:${spelled}`
  }
  if (json && json.bytes.length > HASHED_AT_ONCE_BYTES) {
    const hashing = createHash('sha256').update(start)
    canonicalize(json.outline, (piece) => hashing.update(piece), omit)
    return hashing.digest('hex')
  }
  const pieces = [bytesOf(start)]
  if (json) canonicalize(json.outline, (piece) => pieces.push(Uint8Array.from(piece)), omit)
  return hash(
    'sha256',
    join(
      pieces,
      pieces.reduce((sum, { length }) => sum + length, 0),
    ),
  )
}
