import { GatewayError } from '../errors.ts'
import type { HeaderMap } from '../lib/header-map.ts'
import { MIN_CACHE_TTL_SECONDS } from '../lib/workers-kv.ts'
import { MAX_CACHE_TTL_SECONDS } from '../policy/key-record.ts'

/** What a caller asks of the cache. Times in seconds; absent when the caller did not say. */
export type CacheControl = {
  noStore: boolean
  noCache: boolean
  onlyIfCached: boolean
  maxAgeSeconds?: number
  ttlSeconds?: number
}

/** When an answer was stored, in milliseconds since 1970, and how long it may be served. */
export type EntryLifetime = { storedAtMs: number; ttlSeconds: number }

/** RFC 9111 section 1.2.2: a larger number of seconds counts as this one. */
const DELTA_SECONDS_MAX = 2 ** 31

const MS_PER_SECOND = 1000

/** RFC 9110 section 5.6.2, with what RFC 9111 section 5.2 allows after it: `=` and a token or quoted string. */
const DIRECTIVE = /^([!#$%&'*+.^_`|~\w-]+)(?:=(?:"([^"]*)"|([!#$%&'*+.^_`|~\w-]+)))?$/

/**
 * Reads how a caller steers the cache.
 *
 * Cache-Control follows RFC 9111 section 5.2: names in any case, values bare or quoted, unknown directives
 * ignored. Of several max-age the first valid one counts (section 4.2.1). An invalid max-age is ignored: that
 * section would call the answer stale, but here this would spend tokens over a typing error, and the operator's
 * lifetime still bounds the age.
 *
 * @param headers the client's request headers.
 * @throws GatewayError `invalid` when X-Edge-Cache-TTL is not a whole number from 60 to 2592000.
 */
export function readCacheControl(headers: HeaderMap): CacheControl {
  const directives = readDirectives(headers.get('cache-control') ?? '')
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

/** Splits at the commas outside quotes; what is not a directive is left out. */
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
 * Gives the age of an entry in whole seconds, as the Age header has it (RFC 9111 section 5.1). An entry from the
 * future, which clocks of two places can produce, has the age 0.
 *
 * @param nowMs milliseconds since 1970.
 */
export function ageSeconds(entry: EntryLifetime, nowMs: number): number {
  return Math.floor(ageMs(entry, nowMs) / MS_PER_SECOND)
}

/**
 * Tells whether an entry may answer a request (RFC 9111 sections 4.2 and 5.2.1): it is within its lifetime, not
 * older than the caller's max-age, and the caller did not say no-cache. no-store forbids storing, not serving
 * (section 5.2.1.5).
 *
 * Ages are compared in milliseconds, so that max-age=0 does not get an answer from earlier in the same second.
 *
 * @param nowMs milliseconds since 1970.
 */
export function isFresh(entry: EntryLifetime, control: CacheControl, nowMs: number): boolean {
  if (control.noCache) return false
  const maxAgeMs = (control.maxAgeSeconds ?? DELTA_SECONDS_MAX) * MS_PER_SECOND
  return isWithinLifetime(entry, nowMs) && ageMs(entry, nowMs) <= maxAgeMs
}

/** Tells whether an entry is within the lifetime that it was stored with (RFC 9111 section 4.2). */
export function isWithinLifetime(entry: EntryLifetime, nowMs: number): boolean {
  return ageMs(entry, nowMs) < entry.ttlSeconds * MS_PER_SECOND
}

/**
 * Tells whether an entry past its lifetime may still be served (RFC 5861 sections 3 and 4). A caller who names a
 * max-age takes nothing stale (RFC 9111 section 5.2.1.1), and no-cache nothing that was not asked for anew.
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
