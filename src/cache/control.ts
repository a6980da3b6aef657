import { GatewayError } from '../errors.ts'
import type { HeaderMap } from '../lib/header-map.ts'
import { MIN_CACHE_TTL_SECONDS } from '../lib/workers-kv.ts'
import { MAX_CACHE_TTL_SECONDS } from '../policy/key-record.ts'

/** The caller's directives for the cache. Times are in seconds; undefined if the caller did not set them. */
export type CacheControl = {
  noStore: boolean
  noCache: boolean
  onlyIfCached: boolean
  maxAgeSeconds?: number
  ttlSeconds?: number
}

/** When a response was stored, in milliseconds since 1970, and how long it may be served. */
export type EntryLifetime = { storedAtMs: number; ttlSeconds: number }

/** RFC 9111 section 1.2.2: larger values count as this one. */
const DELTA_SECONDS_MAX = 2 ** 31

const MS_PER_SECOND = 1000

/** RFC 9110 section 5.6.2, with the optional argument of RFC 9111 section 5.2: `=` and a token or quoted string. */
const DIRECTIVE = /^([!#$%&'*+.^_`|~\w-]+)(?:=(?:"([^"]*)"|([!#$%&'*+.^_`|~\w-]+)))?$/

/**
 * Reads the caller's cache directives.
 *
 * Cache-Control follows RFC 9111 section 5.2: names in any case, values bare or quoted, unknown directives ignored.
 * Of several max-age directives the first valid one counts (section 4.2.1). An invalid max-age is ignored: by that
 * section the response would be stale, but then a typo would cost tokens, and the operator's lifetime bounds the age
 * anyway.
 *
 * @param headers the client's request headers.
 * @throws GatewayError `invalid` if X-Edge-Cache-TTL is not a whole number from 60 to 2592000.
 */
export function readCacheControl(headers: HeaderMap): CacheControl {
  const value = headers.get('cache-control')
  const directives = value ? readDirectives(value) : []
  const names = new Set(directives.map(([name]) => name))
  const maxAge = directives.find(([name, value]) => name === 'max-age' && /^\d+$/.test(value))
  const ttl = headers.get('x-edge-cache-ttl') ?? undefined
  return {
    noStore: names.has('no-store'),
    noCache: names.has('no-cache'),
    onlyIfCached: names.has('only-if-cached'),
    ...(maxAge && { maxAgeSeconds: Math.min(Number(maxAge[1]), DELTA_SECONDS_MAX) }),
    ...(ttl !== undefined && { ttlSeconds: readTtlSeconds(ttl) }),
  }
}

/** Splits at the commas outside quotes; invalid directives are skipped. */
function readDirectives(value: string): [name: string, value: string][] {
  const directives: [string, string][] = []
  let start = 0
  let isQuoted = false
  for (let at = 0; at <= value.length; at += 1) {
    const character = value[at]
    if (character === '\\' && isQuoted) at += 1
    else if (character === '"') isQuoted = !isQuoted
    else if (character === undefined || (character === ',' && !isQuoted)) {
      const match = DIRECTIVE.exec(value.slice(start, at).trim())
      if (match?.[1]) directives.push([match[1].toLowerCase(), match[2] ?? match[3] ?? ''])
      start = at + 1
    }
  }
  return directives
}

function readTtlSeconds(value: string): number {
  const seconds = /^\d+$/.test(value) ? Number(value) : Number.NaN
  if (seconds >= MIN_CACHE_TTL_SECONDS && seconds <= MAX_CACHE_TTL_SECONDS) return seconds
  throw new GatewayError(
    'invalid',
    `The header X-Edge-Cache-TTL must be a whole number of seconds from ${MIN_CACHE_TTL_SECONDS} to ${MAX_CACHE_TTL_SECONDS}.`,
  )
}

/**
 * The age of an entry in whole seconds, as in the Age header (RFC 9111 section 5.1). An entry from the future, which
 * clock skew can produce, has age 0.
 *
 * @param nowMs milliseconds since 1970.
 */
export function ageSeconds(entry: EntryLifetime, nowMs: number): number {
  return Math.floor(ageMs(entry, nowMs) / MS_PER_SECOND)
}

/**
 * Whether an entry may be served for a request (RFC 9111 sections 4.2 and 5.2.1): it is within its lifetime, not
 * older than the caller's max-age, and the caller did not say no-cache. no-store forbids storing, not serving
 * (section 5.2.1.5).
 *
 * Ages are compared in milliseconds, so that max-age=0 gets no response from earlier in the same second.
 *
 * @param nowMs milliseconds since 1970.
 */
export function isFresh(entry: EntryLifetime, control: CacheControl, nowMs: number): boolean {
  if (control.noCache) return false
  const maxAgeMs = (control.maxAgeSeconds ?? DELTA_SECONDS_MAX) * MS_PER_SECOND
  return isWithinLifetime(entry, nowMs) && ageMs(entry, nowMs) <= maxAgeMs
}

/** Whether an entry is within the lifetime that it was stored with (RFC 9111 section 4.2). */
export function isWithinLifetime(entry: EntryLifetime, nowMs: number): boolean {
  return ageMs(entry, nowMs) < entry.ttlSeconds * MS_PER_SECOND
}

/**
 * Whether an entry past its lifetime may still be served (RFC 5861 sections 3 and 4). max-age excludes stale
 * responses (RFC 9111 section 5.2.1.1), and no-cache excludes all stored ones.
 *
 * @param graceSeconds how long after its lifetime.
 */
export function mayServeStale(
  entry: EntryLifetime,
  control: CacheControl,
  graceSeconds: number,
  nowMs: number,
): boolean {
  if (control.noCache || control.maxAgeSeconds !== undefined) return false
  return ageMs(entry, nowMs) < (entry.ttlSeconds + graceSeconds) * MS_PER_SECOND
}

function ageMs(entry: EntryLifetime, nowMs: number): number {
  return Math.max(0, nowMs - entry.storedAtMs)
}
