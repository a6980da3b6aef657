/// <reference types="node/crypto" />

import { createHash } from 'node:crypto'
import type { Endpoint } from '../dashscope/endpoint.ts'
import type { HeaderMap } from '../lib/header-map.ts'
import type { JsonBody } from '../lib/json/body.ts'
import type { OmitMember } from './canonical.ts'
import { canonicalize } from './canonical.ts'

/** Goes into every key: raise it when the form of keys or entries changes, and old entries are never read again. */
export const CACHE_KEY_VERSION = '2'

/**
 * Whose responses an entry holds: those of one client key, of one end user of a key, or of a scope that the operator opened
 * to several keys. The kind is hashed too, so that a client key with the name of a shared scope does not get into it. Raising
 * the generation empties the scope.
 */
export type CacheScope = { kind: 'key' | 'user' | 'shared'; id: string; generation: number }

export type CacheKeyInput = {
  version: string
  scope: CacheScope
  /** Host of the region or workspace that is asked. */
  host: string
  /** Path with its query, as it is asked. */
  path: string
  /** What `answerChangingHeaders` returned. */
  headers: readonly (readonly [name: string, value: string])[]
  /** The request body as it came; undefined for a request without one. */
  json: JsonBody | undefined
  /** Which members only say how the answer is sent; `isTransportOption` for DashScope's endpoints. */
  omit: OmitMember
}

/**
 * Headers with which DashScope gives the same answer, so that two SDKs can share an entry:
 * who is calling (`-useragent`, `-sdk-client`, `-sdk-session-id`, `-openapisource`), with which credential
 * (`-apikey`, `-authtype`; the gateway sends its own, and a secret has no place in a key), how long to queue
 * (`-wait-timeout`, which acts on Throttling.BurstRate only), and whether the service keeps the prompt to make the
 * next call cheaper (`-cachecontrol`, which qwen-code sends with every request).
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
 * Switches that mean nothing when they are off. `enable` stays in the key: with X-DashScope-Async the answer is a
 * task instead of a result, and X-DashScope-SSE where it makes no stream is not documented.
 */
const SWITCH_HEADERS: ReadonlySet<string> = new Set(['x-dashscope-async', 'x-dashscope-sse'])

/** The headers of Anthropic's and OpenAI's APIs, which choose the shape of the answer and the features in it. */
const DIALECT_HEADERS: ReadonlySet<string> = new Set(['anthropic-beta', 'anthropic-version', 'openai-beta'])

/**
 * Picks the request headers that can change DashScope's answer. A header that is not known counts as one that
 * can: a needless miss costs tokens, a wrong hit costs trust.
 *
 * @param headers the client's request headers.
 * @param isNativeStream whether X-DashScope-SSE only says that the answer is to come as a stream.
 * @returns pairs of lower-case name and value, sorted by name.
 */
export function answerChangingHeaders(headers: HeaderMap, isNativeStream = false): [string, string][] {
  const pairs: [string, string][] = []
  for (const [name, value] of headers) {
    if (isNativeStream && name === 'x-dashscope-sse') continue
    if (changesAnswer(name, value)) pairs.push([name, value])
  }
  return pairs.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
}

function changesAnswer(name: string, value: string): boolean {
  if (DIALECT_HEADERS.has(name)) return true
  if (!name.startsWith('x-dashscope-') || INDIFFERENT_HEADERS.has(name)) return false
  return !(SWITCH_HEADERS.has(name) && value.trim().toLowerCase() === 'disable')
}

/**
 * Tells whether a body member only means "not a stream", like its absence: `stream: false`
 * at the top (OpenAI, Anthropic and Spring clients) or in `parameters` (LangChain.js).
 *
 * @param path keys from the top of the body to the member.
 * @param value the member's token as written.
 */
export function isStreamOff(path: readonly string[], value: string): boolean {
  return value === 'false' && isStreamSwitch(path)
}

/**
 * Which members of a body say how an answer is sent and nothing about what is asked, so that a stream and a whole answer to
 * the same question share an entry.
 *
 * `incremental_output` chooses the framing of native streams (DashScope API reference) and never the answer; if a model
 * insists on it, another value is refused and so never stored. In a stream request `stream: true` and the compatible
 * `stream_options` go too. A `stream: true` that does not make a stream stays: its effect is not documented.
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

/** A body up to this size is keyed in some 10 ms, whatever it holds. */
const CHEAP_KEY_CODE_UNITS = 1024 * 1024

/** Quotation marks in a larger body: two for each string and key. A few images have a hundred, a large batch 100,000. */
const MAX_KEYED_QUOTES = 40_000

/**
 * Whether the key of a body would cost more than a lookup saves: sorting and hashing megabytes of small values takes up to
 * half a second, while a few large strings are hashed in milliseconds. Such a request bypasses the cache.
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
 * Names the cache entry of a request: the same name exactly when the same tenant asks DashScope the same question.
 *
 * Each part is preceded by its length, so none can run into its neighbour; the body needs none because it is last.
 * Parts are spelled as JSON strings because plain UTF-8 makes one character of all halves of surrogate pairs.
 * The hash is node:crypto's because Web Crypto cannot take a large body in pieces.
 *
 * @returns SHA-256 in 64 lower-case hexadecimal digits.
 * @throws SyntaxError when the text is not JSON.
 */
export function cacheKey({ version, scope, host, path, headers, json, omit }: CacheKeyInput): string {
  const parts = [version, scope.kind, scope.id, String(scope.generation), host, path, ...headers.flat()]
  let start = `${parts.length}:`
  for (const part of parts) {
    const spelled = JSON.stringify(part)
    start += `${spelled.length}:${spelled}`
  }
  const hashing = createHash('sha256').update(start)
  if (json) canonicalize(json.outline, (piece) => hashing.update(piece), omit)
  return hashing.digest('hex')
}
