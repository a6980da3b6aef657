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
  answerChangingHeaders,
  CACHE_KEY_VERSION,
  type CacheScope,
  cacheKey,
  isCostlyToKey,
  isTransportOption,
} from './key.ts'
import { cachedKey, rawKeyOf } from './raw-key.ts'

/** What the cache has to do with a request. */
export type CachePlan = UnusedCache | PlannedCache

export interface UnusedCache {
  use: false
  /** The caller accepts only a cached response, and there is none. */
  onlyIfCached: boolean
}

export interface PlannedCache {
  use: true
  /** The entry's name: the cache key. */
  name: string
  /** The question in the caller's own words, to find the name again by; undefined for a long one. */
  rawKey: string | undefined
  control: CacheControl
  /** How long an answer is kept; undefined: it is not. */
  ttlSeconds: number | undefined
  /** How the answer is to be framed; only of a stream. */
  framing: Framing | undefined
  /** How long after its lifetime an entry may still answer. */
  stale: StaleSeconds
}

/** RFC 5861: while a fresh answer is fetched, and when none can be had. */
export interface StaleSeconds {
  whileRevalidate: number
  ifError: number
}

/** What decides about it. */
export interface CacheSubject {
  headers: HeaderMap
  url: URL
  endpoint: Endpoint
  principal: Principal
  config: Config
  model: string
  /** The request's body, if it is JSON. */
  json: JsonBody | undefined
  /** What the request asks for. */
  asked: RequestDescription
}

/**
 * Plans whether and under which name an answer is looked up and kept.
 *
 * @throws GatewayError `invalid` when the caller's `X-Edge-Cache-TTL` is out of range.
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
  // A stream fills the cache only if the key says so: watching it costs JavaScript for every chunk.
  const ttlSeconds = stream && policy.cache?.streams !== true ? undefined : seconds
  return { use: true, ...nameOf(subject), control, ttlSeconds, framing, stale: config.stale }
}

/** The plan of a request whose response differs from what is cached: in its price, and in how long it takes. */
export function withoutCache(plan: CachePlan): UnusedCache {
  return { use: false, onlyIfCached: plan.use ? plan.control.onlyIfCached : plan.onlyIfCached }
}

function streamFraming({ endpoint, principal, config, model, json }: CacheSubject): Framing | undefined {
  const isWanted = principal.policy.cache?.streams ?? config.cacheStreams
  return isWanted ? framingOf(endpoint, model, json?.value) : undefined
}

/**
 * How long an answer may be kept: the caller's word, else the key's, else the operator's.
 *
 * @returns seconds, or undefined if the answer is not to be kept: the web's answers change (`enable_search`), so they are
 *   kept only when the caller says for how long.
 */
function lifetimeSeconds(
  { endpoint, principal, asked, config }: CacheSubject,
  control: CacheControl,
): number | undefined {
  if (asked.web.length > 0 && control.ttlSeconds === undefined) return undefined
  const seconds = control.ttlSeconds ?? principal.policy.cache?.ttl_seconds ?? config.cacheTtlSeconds
  return Math.min(seconds, endpoint.maxCacheSeconds ?? Infinity)
}

function nameOf(subject: CacheSubject): Pick<PlannedCache, 'name' | 'rawKey'> {
  const { headers, url, endpoint, principal, config, json, asked } = subject
  const { stream } = asked
  const input = {
    version: CACHE_KEY_VERSION,
    scope: scopeOf(principal),
    host: hostOf(principal.policy, config),
    path: upstreamPath(url, endpoint),
    headers: answerChangingHeaders(headers, stream && endpoint.stream === 'header'),
    json,
    omit: isTransportOption(endpoint, stream),
  }
  const rawKey = rawKeyOf(input, json?.text ?? '', stream)
  const known = rawKey === undefined ? undefined : cachedKey(rawKey)
  return { name: known ?? cacheKey(input), rawKey }
}

/**
 * The same question is the same wherever it was asked, so its entry bears the first region's host. A key that is pinned
 * shares entries only with keys of the same pin: what it gets must not have been made elsewhere.
 */
function hostOf({ regions }: Policy, { targets }: Config): string {
  const { baseUrl } = targets[0]
  return regions ? `${baseUrl} ${regions.toSorted().join()}` : baseUrl
}

/**
 * Whose entries a caller sees (promise P7): those of the scope that the operator opened to several keys, else its own. The
 * holder of a session token has entries apart from its key's, so that end users see nothing of each other's questions.
 */
function scopeOf(principal: Principal): CacheScope {
  const { keyId, policy } = principal
  const tokenUser = tokenUserOf(principal)
  const generation = policy.cache_generation
  if (policy.cache?.scope) return { kind: 'shared', id: policy.cache.scope, generation }
  if (tokenUser !== undefined) return { kind: 'user', id: `${keyId} ${tokenUser}`, generation }
  return { kind: 'key', id: keyId, generation }
}

/** The end user of a session token; a token without one is a user of its own. */
function tokenUserOf({ user, token }: Pick<Principal, 'user' | 'token'>): string | undefined {
  return token && (user === undefined ? `token ${token.id}` : `user ${user}`)
}
