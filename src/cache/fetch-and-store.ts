import { usageOf } from '../dashscope/read-usage.ts'
import type { Framing } from '../dashscope/stream/framing.ts'
import { joinEvents } from '../dashscope/stream/join.ts'
import { bytesOf } from '../lib/json/utf8.ts'
import type { CallSignal } from '../upstream/call-signal.ts'
import { asJson, type UpstreamResponse, type WholeResponse } from '../upstream/response.ts'
import type { Watcher } from '../upstream/watcher.ts'
import { isInFlight, joinFlight, leadFlight } from './flight.ts'
import type { PlannedCache } from './plan.ts'
import type { CacheResponse } from './serve.ts'
import type { ForwardReason } from './status.ts'
import { isStorable, writeEntry } from './store.ts'
import { copyStream } from './stream-copy.ts'

/** How to fetch a response from DashScope, and where to store it. */
export interface OriginFetch extends PlannedCache {
  kv: KVNamespace
  caller: AbortSignal
  /** How long the caller waits for a response, in milliseconds. */
  limitMs: number
  keepAlive: (work: Promise<unknown>) => void
  /** The cache key of the same request for a fallback model; undefined if that response is not stored. */
  cacheKeyFor: (model: string) => string | undefined
  /**
   * Sends the request to DashScope.
   *
   * @param signal aborts the call when no request waits for it any more.
   * @param watcher observes a stream.
   */
  ask: (signal: CallSignal, watcher?: Watcher) => Promise<UpstreamResponse>
}

/**
 * The key of the flight that a request belongs to. Requests share an upstream call only if the cache key and the
 * deadline match.
 */
export function flightKeyOf({ cacheKey, limitMs }: Pick<OriginFetch, 'cacheKey' | 'limitMs'>): string {
  return `${cacheKey} ${limitMs}`
}

/**
 * Fetches for this request and all identical ones that arrive meanwhile, or waits for the one that is already
 * fetching.
 *
 * @param flight the result of `flightKeyOf`.
 */
export async function fetchCollapsed(
  origin: OriginFetch,
  forward: ForwardReason,
  flight: string,
): Promise<CacheResponse> {
  const { control, caller } = origin
  const mayJoin = !control.noCache && !control.onlyIfCached
  // A flight whose leader has left is abandoned after a while: the first waiting request then leads a new one, and
  // the others join it.
  for (let times = 0; times < 2 && mayJoin && isInFlight(flight); times++) {
    const response = await joinFlight(flight, caller)
    if (response) return { kind: 'collapsed', response, result: { forward, collapsed: true } }
  }
  let stored = false
  const response = await leadFlight(flight, caller, async (signal) => {
    const fresh = await origin.ask(signal)
    stored = fresh.kind === 'whole' && store(origin, fresh)
    return fresh
  })
  return { kind: 'fetched', response, result: { forward, stored } }
}

/**
 * Fetches for this request alone, since a stream belongs to its request. A stream that will be stored is copied while
 * it is relayed.
 */
export async function fetchAlone(
  origin: OriginFetch,
  forward: ForwardReason,
): Promise<CacheResponse & { kind: 'fetched' }> {
  const { framing, ttlSeconds, caller, keepAlive } = origin
  const copy = framing && ttlSeconds !== undefined ? copyStream(keepAlive) : undefined
  const response = await origin.ask(caller, copy?.watcher)
  if (framing && copy && response.kind === 'open') {
    const { status, headers, model } = response
    keepAlive(
      copy.whole.then((bytes) => {
        const body = bytes && wholeBody(bytes, framing)
        if (body)
          store(origin, { kind: 'whole', status, headers: asJson(headers), body, ...(model && { model }) })
      }),
    )
  }
  if (!framing && response.kind === 'whole') store(origin, response)
  return { kind: 'fetched', response, result: { forward } }
}

/**
 * The body of the equivalent non-stream response; undefined if it has no usage, since later callers would not get it
 * either.
 */
function wholeBody(bytes: Uint8Array, framing: Framing): Uint8Array<ArrayBuffer> | undefined {
  const text = joinEvents(bytes, framing)
  return text !== undefined && usageOf(JSON.parse(text), ['usage']) ? bytesOf(text) : undefined
}

/** Stores a response in the background, under the model that responded; returns whether it may be stored. */
function store(origin: OriginFetch, response: WholeResponse): boolean {
  const { kv, ttlSeconds, stale, keepAlive } = origin
  if (ttlSeconds === undefined || !isStorable(response)) return false
  const cacheKey = response.model === undefined ? origin.cacheKey : origin.cacheKeyFor(response.model)
  if (cacheKey === undefined) return false
  const graceSeconds = Math.max(stale.whileRevalidate, stale.ifError)
  keepAlive(writeEntry(kv, cacheKey, response, ttlSeconds, graceSeconds, Date.now()))
  return true
}
