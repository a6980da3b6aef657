import { asGatewayError, GatewayError, type Reason } from '../errors.ts'
import { setBounded } from '../lib/bounded-map.ts'
import type { UpstreamResponse } from '../upstream/response.ts'
import { isFresh, mayServeStale } from './control.ts'
import { fetchAlone, fetchCollapsed, flightOf, type OriginFetch } from './fetch-and-store.ts'
import { isInFlight } from './flight.ts'
import { rememberKey } from './raw-key.ts'
import { type CacheAnswer, hit, readUsable, staleHit, staleOnError, type UsableEntry } from './serve.ts'
import type { ForwardReason } from './status.ts'

export interface CachedRequest extends OriginFetch {
  /** Waits for the lookup (and times it). */
  look: <T>(work: Promise<T>) => Promise<T>
}

/** DashScope's failures that an old response may replace (RFC 5861 section 4), and the gateway's reasons for the same.
 *  529 is Anthropic's "overloaded". */
const FAILURES = new Set([500, 502, 503, 504, 529])
const FAILED: ReadonlySet<Reason> = new Set<Reason>(['upstream', 'timeout', 'unavailable'])

/**
 * How long an isolate leaves an entry alone after it began to refresh it: a Worker's work after a response ends within
 * 30 s, and for another 30 s KV may still return the old entry.
 */
const REFRESH_PAUSE_SECONDS = 60

/** Entries whose refresh an isolate remembers; about 100 bytes each. */
const REFRESH_MEMORY_ENTRIES = 1000

/** When this isolate may refresh an entry again, by its name; oldest first. */
const refreshNotBeforeMs = new Map<string, number>()

/**
 * Answers from the cache, from an identical request in progress, or from DashScope; and stores what DashScope answered.
 *
 * @throws GatewayError `notCached` if the caller takes only a cached response; what `ask` throws.
 */
export async function answerCached(request: CachedRequest): Promise<CacheAnswer> {
  const { framing, control } = request
  const entry = skipsLookup(request) ? undefined : await lookUp(request)
  const nowMs = Date.now()
  const decision = decide(entry, request, nowMs)
  if (decision.kind === 'hit') return hit(decision.entry, nowMs)
  if (decision.kind === 'revalidate') return serveAndRefresh(request, decision.entry, nowMs)
  if (control.onlyIfCached) throw notCached()
  const { forward } = decision
  return staleIfError(request, entry, () =>
    framing ? fetchAlone(request, forward) : fetchCollapsed(request, forward),
  )
}

/** The error for a caller who takes only a cached response (RFC 9111 section 5.2.1.7). */
export function notCached(): GatewayError {
  return new GatewayError(
    'notCached',
    'There is no cached response to this request, and its Cache-Control said only-if-cached.',
  )
}

/** What to do with a request once its entry was looked up. */
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

/** A request that can share a fetch in progress needs no lookup, and `no-cache` must not get one. */
function skipsLookup(request: CachedRequest): boolean {
  const { framing, control } = request
  return control.noCache || (!framing && !control.onlyIfCached && isInFlight(flightOf(request)))
}

async function lookUp({ kv, name, rawKey, framing, look }: CachedRequest): Promise<UsableEntry | undefined> {
  const entry = await look(readUsable(kv, name, framing))
  if (entry && rawKey !== undefined) rememberKey(rawKey, name, Date.now())
  return entry
}

/** RFC 5861 section 3. Without a lifetime the fresh response would not be stored, so fetching it would be in vain. */
function mayRevalidate(
  { control, stale, ttlSeconds }: CachedRequest,
  { metadata }: UsableEntry,
  nowMs: number,
): boolean {
  if (control.onlyIfCached || ttlSeconds === undefined || stale.whileRevalidate === 0) return false
  return mayServeStale(metadata, control, stale.whileRevalidate, nowMs)
}

/** The request that fetches the fresh response pays for it; the others get theirs from the cache. */
function serveAndRefresh(request: CachedRequest, entry: UsableEntry, nowMs: number): CacheAnswer {
  return staleHit(entry, nowMs, claimRefresh(request.name, nowMs) ? refresh(request) : undefined)
}

/** Claims the refresh of an entry for one request of this isolate (promise P5). */
function claimRefresh(name: string, nowMs: number): boolean {
  if ((refreshNotBeforeMs.get(name) ?? 0) > nowMs) return false
  setBounded(refreshNotBeforeMs, name, nowMs + REFRESH_PAUSE_SECONDS * 1000, REFRESH_MEMORY_ENTRIES)
  return true
}

/** The caller has its response already, so the fetch does not end when the caller leaves. */
async function refresh(request: CachedRequest): Promise<UpstreamResponse> {
  const answer = await fetchAlone({ ...request, caller: new AbortController().signal }, 'stale')
  const { response } = answer
  // A stream is copied as it passes, so something has to read it.
  if (response.kind === 'open') await response.body?.pipeTo(new WritableStream())
  return response
}

/** Fetches; where DashScope fails, an old entry answers instead if the operator and the caller allow that. */
async function staleIfError(
  request: CachedRequest,
  entry: UsableEntry | undefined,
  fetch: () => Promise<CacheAnswer>,
): Promise<CacheAnswer> {
  const { kv, name, framing, control, stale } = request
  const fallback = async (status: number | undefined): Promise<CacheAnswer | undefined> => {
    if (stale.ifError === 0 || control.noCache) return undefined
    const found = entry ?? (await readUsable(kv, name, framing))
    const nowMs = Date.now()
    const isUsable = found && mayServeStale(found.metadata, control, stale.ifError, nowMs)
    return isUsable ? staleOnError(found, status, nowMs) : undefined
  }
  try {
    const answer = await fetch()
    const { status } = answer.response
    return (FAILURES.has(status) ? await fallback(status) : undefined) ?? answer
  } catch (thrown) {
    const old = isOutage(asGatewayError(thrown)) ? await fallback(undefined) : undefined
    if (!old) throw thrown
    return old
  }
}

/** A refusal is no outage, whatever the gateway makes of it. */
function isOutage({ reason, upstream }: GatewayError): boolean {
  const isRefusal = upstream !== undefined && upstream.status >= 400 && upstream.status <= 499
  return FAILED.has(reason) && !isRefusal
}
