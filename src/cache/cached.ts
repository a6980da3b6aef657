import { asGatewayError, GatewayError, type Reason } from '../errors.ts'
import { setBounded } from '../lib/bounded-map.ts'
import type { UpstreamResponse } from '../upstream/response.ts'
import { isFresh, mayServeStale } from './control.ts'
import { fetchAlone, fetchCollapsed, flightKeyOf, type OriginFetch } from './fetch-and-store.ts'
import { isInFlight } from './flight.ts'
import { recallEntry } from './memory.ts'
import type { PlannedCache } from './plan.ts'
import { rememberKey } from './raw-key.ts'
import {
  type CacheResponse,
  hit,
  readUsable,
  staleHit,
  staleOnError,
  type UsableEntry,
  usableEntry,
} from './serve.ts'
import type { ForwardReason } from './status.ts'

export interface CachedRequest extends OriginFetch {
  /** Awaits the lookup and records its duration. */
  look: <T>(work: Promise<T>) => Promise<T>
}

/**
 * DashScope's failures for which a stale response may be served (RFC 5861 section 4), and the gateway's reasons for
 * the same failures. 529 is Anthropic's "overloaded".
 */
const FAILURES = new Set([500, 502, 503, 504, 529])
const FAILED: ReadonlySet<Reason> = new Set<Reason>(['upstream', 'timeout', 'unavailable'])

/**
 * Minimum interval between two refreshes of an entry by one isolate: work after a response ends within 30 s, and KV
 * may return the old entry for another 30 s.
 */
const REFRESH_PAUSE_SECONDS = 60

/** Refreshes that an isolate remembers; about 100 bytes each. */
const REFRESH_MEMORY_ENTRIES = 1000

/** When this isolate may refresh an entry again, by cache key; oldest first. */
const refreshNotBeforeMs = new Map<string, number>()

/**
 * Responds from the cache, from an identical request in progress, or from DashScope, and stores DashScope's response.
 *
 * @throws GatewayError `notCached` if the caller accepts only a cached response and there is none; whatever `ask`
 *   throws.
 */
export async function serveCached(request: CachedRequest): Promise<CacheResponse> {
  const { framing, control } = request
  const flightKey = flightKeyOf(request)
  const entry = skipsLookup(request, flightKey) ? undefined : await lookUp(request)
  const nowMs = Date.now()
  const decision = decide(entry, request, nowMs)
  if (decision.kind === 'hit') return hit(decision.entry, nowMs)
  if (decision.kind === 'revalidate') return serveAndRefresh(request, decision.entry, nowMs)
  if (control.onlyIfCached) throw notCached()
  const { forward } = decision
  return staleIfError(request, entry, () =>
    framing ? fetchAlone(request, forward) : fetchCollapsed(request, forward, flightKey),
  )
}

/**
 * The response that {@link serveCached} would serve from this isolate's memory, without a wait; undefined if it is not
 * there or not fresh. Streams are left to `serveCached`, because converting a response may fail.
 */
export function hitInMemory({ cacheKey, rawKey, framing, control }: PlannedCache): CacheResponse | undefined {
  if (framing || control.noCache) return undefined
  const nowMs = Date.now()
  const entry = recallEntry(cacheKey, nowMs)
  if (!entry || !isFresh(entry.metadata, control, nowMs)) return undefined
  if (rawKey !== undefined) rememberKey(rawKey, cacheKey, nowMs)
  return hit(usableEntry(entry), nowMs)
}

/** The error for a caller that accepts only a cached response (RFC 9111 section 5.2.1.7). */
export function notCached(): GatewayError {
  return new GatewayError(
    'notCached',
    'There is no cached response to this request, and its Cache-Control has only-if-cached.',
  )
}

/** What to do with a request after the lookup. */
type Decision =
  | { kind: 'hit'; entry: UsableEntry }
  | { kind: 'revalidate'; entry: UsableEntry }
  | { kind: 'fetch'; forward: ForwardReason }

function decide(entry: UsableEntry | undefined, request: CachedRequest, nowMs: number): Decision {
  const { control } = request
  if (control.noCache) return { kind: 'fetch', forward: 'request' }
  if (!entry) return { kind: 'fetch', forward: 'miss' }
  if (isFresh(entry.metadata, control, nowMs)) return { kind: 'hit', entry }
  if (mayRevalidate(request, entry, nowMs)) return { kind: 'revalidate', entry }
  return { kind: 'fetch', forward: 'stale' }
}

/** A request that can share a fetch in progress needs no lookup, and `no-cache` forbids one. */
function skipsLookup({ framing, control }: CachedRequest, flightKey: string): boolean {
  return control.noCache || (!framing && !control.onlyIfCached && isInFlight(flightKey))
}

async function lookUp({
  kv,
  cacheKey,
  rawKey,
  framing,
  look,
}: CachedRequest): Promise<UsableEntry | undefined> {
  const entry = await look(readUsable(kv, cacheKey, framing))
  if (entry && rawKey !== undefined) rememberKey(rawKey, cacheKey, Date.now())
  return entry
}

/**
 * RFC 5861 section 3. Without a lifetime the fresh response would not be stored, so it would be fetched for nothing.
 */
function mayRevalidate(
  { control, stale, ttlSeconds }: CachedRequest,
  { metadata }: UsableEntry,
  nowMs: number,
): boolean {
  if (control.onlyIfCached || ttlSeconds === undefined || stale.whileRevalidate === 0) return false
  return mayServeStale(metadata, control, stale.whileRevalidate, nowMs)
}

/** The request that fetches the fresh response is charged for it; the others are served from the cache. */
function serveAndRefresh(request: CachedRequest, entry: UsableEntry, nowMs: number): CacheResponse {
  return staleHit(entry, nowMs, claimRefresh(request.cacheKey, nowMs) ? refresh(request) : undefined)
}

/** Returns true for the one request of this isolate that refreshes the entry (promise P5). */
function claimRefresh(cacheKey: string, nowMs: number): boolean {
  if ((refreshNotBeforeMs.get(cacheKey) ?? 0) > nowMs) return false
  setBounded(refreshNotBeforeMs, cacheKey, nowMs + REFRESH_PAUSE_SECONDS * 1000, REFRESH_MEMORY_ENTRIES)
  return true
}

/** The caller already has its response, so the fetch continues when the caller leaves. */
async function refresh(request: CachedRequest): Promise<UpstreamResponse> {
  const { response } = await fetchAlone({ ...request, caller: new AbortController().signal }, 'stale')
  // The copy of a stream is made while the stream is read, so read it to its end.
  if (response.kind === 'open') await response.body?.pipeTo(new WritableStream())
  return response
}

/** Fetches; if DashScope fails, serves a stale entry if the operator and the caller allow that. */
async function staleIfError(
  request: CachedRequest,
  entry: UsableEntry | undefined,
  fetch: () => Promise<CacheResponse>,
): Promise<CacheResponse> {
  const { kv, cacheKey, framing, control, stale } = request
  const fallback = async (status: number | undefined): Promise<CacheResponse | undefined> => {
    if (stale.ifError === 0 || control.noCache) return undefined
    const found = entry ?? (await readUsable(kv, cacheKey, framing))
    const nowMs = Date.now()
    const isUsable = found && mayServeStale(found.metadata, control, stale.ifError, nowMs)
    return isUsable ? staleOnError(found, status, nowMs) : undefined
  }
  try {
    const fetched = await fetch()
    const { status } = fetched.response
    return (FAILURES.has(status) ? await fallback(status) : undefined) ?? fetched
  } catch (thrown) {
    const old = isOutage(asGatewayError(thrown)) ? await fallback(undefined) : undefined
    if (!old) throw thrown
    return old
  }
}

/** A refusal by DashScope is not an outage, even if the gateway reports it as an upstream error. */
function isOutage({ reason, upstream }: GatewayError): boolean {
  const isRefusal = upstream !== undefined && upstream.status >= 400 && upstream.status <= 499
  return FAILED.has(reason) && !isRefusal
}
