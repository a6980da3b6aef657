import type { Config } from '../config.ts'
import type { Endpoint } from '../dashscope/endpoint.ts'
import { upstreamPath } from '../dashscope/endpoint.ts'
import type { RequestDescription } from '../dashscope/request/describe.ts'
import { type Framing, framingOf } from '../dashscope/stream/framing.ts'
import type { HeaderMap } from '../lib/header-map.ts'
import type { JsonBody } from '../lib/json/body.ts'
import type { Policy, Principal } from '../policy/key-record.ts'
import { type CacheControl, readCacheControl } from './control.ts'
import {
  CACHE_KEY_VERSION,
  type CacheScope,
  cacheKey,
  isCostlyToKey,
  isTransportOption,
  responseChangingHeaders,
} from './key.ts'
import { cachedKey, type RawKey, rawKeyOf } from './raw-key.ts'

/** How the cache handles a request. */
export type CachePlan = UnusedCache | PlannedCache

export interface UnusedCache {
  use: false
  /** The caller accepts only a cached response, and there is none. */
  onlyIfCached: boolean
}

export interface PlannedCache {
  use: true
  /** The cache key. */
  cacheKey: string
  /** The unparsed request, by which the cache key is memoized; undefined for a long one. */
  rawKey: RawKey | undefined
  control: CacheControl
  /** How long a response is stored; undefined if it is not. */
  ttlSeconds: number | undefined
  /** The framing of the response; only for streams. */
  framing: Framing | undefined
  /** How long after its lifetime an entry may still be served. */
  stale: StaleSeconds
}

/** RFC 5861: while a fresh response is fetched, and after a failed fetch. */
export interface StaleSeconds {
  whileRevalidate: number
  ifError: number
}

/** The inputs of the cache plan. */
export interface CacheSubject {
  headers: HeaderMap
  url: URL
  endpoint: Endpoint
  principal: Principal
  config: Config
  model: string
  /** The request's body, if it is JSON. */
  json: JsonBody | undefined
  /** The description of the request. */
  asked: RequestDescription
}

/**
 * Plans whether a response is looked up and stored, and under which cache key.
 *
 * @throws GatewayError `invalid` if the caller's `X-Edge-Cache-TTL` is out of range.
 */
export function planCache(subject: CacheSubject): CachePlan {
  const { endpoint, config, asked } = subject
  const { policy } = subject.principal
  const { stream } = asked
  const control = readCacheControl(subject.headers)
  const unused: UnusedCache = { use: false, onlyIfCached: control.onlyIfCached }
  if (!endpoint.cacheable || asked.asTask || asked.isEncrypted) return unused
  if (control.noStore || config.cacheTtlSeconds === 0 || policy.cache?.enabled === false) return unused
  if (subject.json && isCostlyToKey(subject.json.text)) return unused
  const framing = stream ? streamFraming(subject) : undefined
  if (stream && !framing) return unused
  const seconds = lifetimeSeconds(subject, control)
  // Streams are stored only if the key enables it: watching a stream costs JavaScript for every chunk.
  const ttlSeconds = stream && policy.cache?.streams !== true ? undefined : seconds
  return { use: true, control, ttlSeconds, framing, stale: config.stale, ...keysOf(subject) }
}

/** The plan for a request whose responses must not be mixed with cached ones: price and duration differ. */
export function withoutCache(plan: CachePlan): UnusedCache {
  return { use: false, onlyIfCached: plan.use ? plan.control.onlyIfCached : plan.onlyIfCached }
}

function streamFraming({ endpoint, principal, config, model, json }: CacheSubject): Framing | undefined {
  const isWanted = principal.policy.cache?.streams ?? config.cacheStreams
  return isWanted ? framingOf(endpoint, model, json?.value) : undefined
}

/**
 * How long a response may be stored: the caller's value, else the key's, else the operator's.
 *
 * @returns seconds, or undefined if the response is not stored. Responses with web search (`enable_search`) change
 *   over time, so they are stored only if the caller sets a lifetime.
 */
function lifetimeSeconds(
  { endpoint, principal, asked, config }: CacheSubject,
  control: CacheControl,
): number | undefined {
  if (asked.web.length > 0 && control.ttlSeconds === undefined) return undefined
  const seconds = control.ttlSeconds ?? principal.policy.cache?.ttl_seconds ?? config.cacheTtlSeconds
  return Math.min(seconds, endpoint.maxCacheSeconds ?? Infinity)
}

function keysOf(subject: CacheSubject): Pick<PlannedCache, 'cacheKey' | 'rawKey'> {
  const { headers, url, endpoint, principal, config, json, asked } = subject
  const { stream } = asked
  const input = {
    version: CACHE_KEY_VERSION,
    scope: scopeOf(principal),
    host: hostOf(principal.policy, config),
    path: upstreamPath(url, endpoint),
    headers: responseChangingHeaders(headers, stream && endpoint.stream === 'header'),
    json,
    omit: isTransportOption(endpoint, stream),
  }
  const rawKey = rawKeyOf(input, json?.text ?? '', stream)
  const known = rawKey === undefined ? undefined : cachedKey(rawKey)
  return { cacheKey: known ?? cacheKey(input), rawKey }
}

/**
 * The region does not matter for the cache, so entries use the host of the first region. A key pinned to regions
 * shares entries only with keys of the same pin: its responses must not come from other regions.
 */
function hostOf({ regions }: Policy, { targets }: Config): string {
  const { baseUrl } = targets[0]
  return regions ? `${baseUrl} ${regions.toSorted().join()}` : baseUrl
}

/**
 * Whose entries a caller can read (promise P7): those of the scope that the operator shares among keys, else its own.
 * Session tokens have entries separate from their key's, so that end users cannot read each other's.
 */
function scopeOf(principal: Principal): CacheScope {
  const { keyId, policy } = principal
  const tokenUser = tokenUserOf(principal)
  const generation = policy.cache_generation
  if (policy.cache?.scope) return { kind: 'shared', id: policy.cache.scope, generation }
  if (tokenUser !== undefined) return { kind: 'user', id: `${keyId} ${tokenUser}`, generation }
  return { kind: 'key', id: keyId, generation }
}

/** The end user of a session token; a token without a user counts as a separate user. */
function tokenUserOf({ user, token }: Pick<Principal, 'user' | 'token'>): string | undefined {
  return token && (user === undefined ? `token ${token.id}` : `user ${user}`)
}
