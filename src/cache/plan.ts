import type { KeyRecord } from '../access/record.ts'
import type { Config } from '../config.ts'
import { MAX_MULTIMODAL_TTL_SECONDS } from '../constants.ts'
import type { Endpoint } from '../dashscope/endpoint.ts'
import { upstreamPath } from '../relay/request.ts'
import { type CacheControl, readCacheControl } from './control.ts'
import { answerChangingHeaders, CACHE_KEY_VERSION, type CacheScope, cacheKey, saysNotStream } from './key.ts'

/** What the cache has to do with a request. */
export type CachePlan =
  | { use: false }
  | { use: true; name: string; control: CacheControl; ttlSeconds: number | undefined }

/** What decides about it. */
export interface CacheSubject {
  headers: Headers
  url: URL
  endpoint: Endpoint
  key: KeyRecord
  config: Config
  /** The request's body, as text and parsed. */
  text: string
  body: unknown
  /** A stream or a task: no answer that could be kept. */
  unkeepable: boolean
}

/**
 * Plans whether and under which name an answer is looked up and kept.
 *
 * @throws GatewayError `invalid` when the caller's `X-Edge-Cache-TTL` is out of range.
 */
export function planCache(subject: CacheSubject): CachePlan {
  const { endpoint, key, config, unkeepable } = subject
  if (!endpoint.cacheable || unkeepable) return { use: false }
  const control = readCacheControl(subject.headers)
  if (control.noStore || config.cacheTtlSeconds === 0 || key.cache?.enabled === false) return { use: false }
  return { use: true, name: nameOf(subject), control, ttlSeconds: lifetimeSeconds(subject, control) }
}

/**
 * How long an answer may be kept: the caller's word, else the key's, else the operator's.
 *
 * @returns seconds, or undefined where the answer is not to be kept: the web's answers change (`enable_search`), so they are
 *   kept only when the caller says for how long.
 */
export function lifetimeSeconds(
  { endpoint, key, body, config }: Pick<CacheSubject, 'endpoint' | 'key' | 'body' | 'config'>,
  control: CacheControl,
): number | undefined {
  if (searchesTheWeb(body) && control.ttlSeconds === undefined) return undefined
  const seconds = control.ttlSeconds ?? key.cache?.ttl_seconds ?? config.cacheTtlSeconds
  return endpoint.family === 'multimodal' ? Math.min(seconds, MAX_MULTIMODAL_TTL_SECONDS) : seconds
}

function nameOf({ headers, url, endpoint, key, config, text }: CacheSubject): string {
  return cacheKey({
    version: CACHE_KEY_VERSION,
    scope: scopeOf(key),
    host: hostOf(key, config),
    path: upstreamPath(url, endpoint),
    headers: answerChangingHeaders(headers),
    text,
    notStream: saysNotStream,
  })
}

/**
 * The same question is the same wherever it was asked, so its entry bears the first region's host. A key that is pinned
 * shares entries only with keys of the same pin: what it gets must not have been made elsewhere.
 */
function hostOf({ regions }: KeyRecord, { targets }: Config): string {
  const { baseUrl } = targets[0]
  return regions ? `${baseUrl} ${regions.toSorted().join()}` : baseUrl
}

/** Whose entries a key sees: its own, or those of the scope that the operator opened to several keys (promise P7). */
function scopeOf(key: KeyRecord): CacheScope {
  const generation = key.cache_generation
  return key.cache?.scope
    ? { kind: 'shared', id: key.cache.scope, generation }
    : { kind: 'key', id: key.id, generation }
}

function searchesTheWeb(body: unknown): boolean {
  const { enable_search, parameters } = body as {
    enable_search?: unknown
    parameters?: { enable_search?: unknown } | null
  }
  return enable_search === true || parameters?.enable_search === true
}
