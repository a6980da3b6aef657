import { asGatewayError, GatewayError, type Reason } from '../errors.ts'
import type { UpstreamResponse } from '../upstream/response.ts'
import { isFresh, mayServeStale } from './control.ts'
import { fetchAlone, fetchCollapsed, flightOf, type OriginFetch } from './fetch-and-store.ts'
import { isInFlight } from './flight.ts'
import { rememberKey } from './raw-key.ts'
import { claimRefresh } from './refresh.ts'
import { hit, insteadOfError, readUsable, type Served, staleHit, type UsableEntry } from './serve.ts'
import type { ForwardReason } from './status.ts'

export interface CachedRequest extends OriginFetch {
  /** Waits for the look-up (and times it). */
  look: <T>(work: Promise<T>) => Promise<T>
}

/** DashScope's failures that an old answer may cover up (RFC 5861 section 4), and the gateway's own
 * words for them; 529 is Anthropic's "overloaded". */
const FAILURES = new Set([500, 502, 503, 504, 529])
const FAILED: ReadonlySet<Reason> = new Set<Reason>(['upstream', 'timeout', 'unavailable'])

/**
 * Answers from the cache, from the same question on its way, or from DashScope; and keeps what DashScope answered.
 *
 * @throws GatewayError `notCached` where the caller takes only what is cached; what `ask` throws.
 */
export async function answerCached(request: CachedRequest): Promise<Served<UpstreamResponse>> {
  const { kv, name, rawKey, control, framing, stale } = request
  let forward: ForwardReason = control.noCache ? 'request' : 'miss'
  let entry: UsableEntry | undefined
  if (!control.noCache && !mayJoin(request)) {
    entry = await request.look(readUsable(kv, name, framing))
    const nowMs = Date.now()
    if (entry && rawKey !== undefined) rememberKey(rawKey, name, nowMs)
    if (entry && isFresh(entry.metadata, control, nowMs)) return hit(entry, nowMs)
    if (entry && mayRevalidate(request, entry, nowMs)) return serveAndRefresh(request, entry, nowMs)
    if (entry) forward = 'stale'
  }
  if (control.onlyIfCached) throw notCached()
  const spare = async (): Promise<UsableEntry | undefined> => {
    if (stale.ifError === 0 || control.noCache) return undefined
    const found = entry ?? (await readUsable(kv, name, framing))
    return found && mayServeStale(found.metadata, control, stale.ifError, Date.now()) ? found : undefined
  }
  try {
    const asked = await (framing ? fetchAlone(request, forward) : fetchCollapsed(request, forward))
    const { status } = asked.answer
    const old = FAILURES.has(status) ? await spare() : undefined
    return old ? insteadOfError(old, status, Date.now()) : asked
  } catch (thrown) {
    const old = FAILED.has(asGatewayError(thrown).reason) ? await spare() : undefined
    if (!old) throw thrown
    return insteadOfError(old, undefined, Date.now())
  }
}

/** What a caller hears who takes only what is cached (RFC 9111 section 5.2.1.7). */
export function notCached(): GatewayError {
  return new GatewayError(
    'notCached',
    'There is no cached answer to this request, and its Cache-Control said only-if-cached.',
  )
}

/** Whoever may share the answer that is on its way need not look anything up. */
function mayJoin(request: CachedRequest): boolean {
  return !request.framing && !request.control.onlyIfCached && isInFlight(flightOf(request))
}

/** RFC 5861 section 3; without a lifetime for it, the fresh answer would not be kept and the fetch be in vain. */
function mayRevalidate(
  { control, stale, ttlSeconds }: CachedRequest,
  { metadata }: UsableEntry,
  nowMs: number,
): boolean {
  if (control.onlyIfCached || ttlSeconds === undefined || stale.whileRevalidate === 0) return false
  return mayServeStale(metadata, control, stale.whileRevalidate, nowMs)
}

/** The request that fetches the fresh answer pays for it; the others get theirs from the cache. */
function serveAndRefresh(
  request: CachedRequest,
  entry: UsableEntry,
  nowMs: number,
): Served<UpstreamResponse> {
  const { shared, ...stale } = staleHit(entry, nowMs)
  return claimRefresh(request.name, nowMs)
    ? { ...stale, refreshed: refresh(request) }
    : { ...stale, ...(shared && { shared }) }
}

/** The caller has its answer, and whether it stays to read it makes no difference any more. */
async function refresh(request: CachedRequest): Promise<UpstreamResponse> {
  const { answer } = await fetchAlone({ ...request, caller: new AbortController().signal }, 'stale')
  // A stream is copied as it passes, so somebody has to read it.
  if (answer.kind === 'open') await answer.body?.pipeTo(new WritableStream())
  return answer
}
