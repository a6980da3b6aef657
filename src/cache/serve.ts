import type { Framing } from '../dashscope/stream/framing.ts'
import { splitIntoEvents } from '../dashscope/stream/split.ts'
import { bytesOf, textOf } from '../lib/json/utf8.ts'
import type { UpstreamResponse, WholeResponse } from '../upstream/response.ts'
import { ageSeconds } from './control.ts'
import type { CacheEntry } from './entry.ts'
import type { CacheResult } from './status.ts'
import { readEntry } from './store.ts'

/** A response from a cache entry. */
interface FromEntry {
  /** In the requested form: whole, or as a stream. */
  response: WholeResponse
  /** As it was stored; its usage is what the cache saved. */
  stored: WholeResponse
  /** Seconds since it was stored. */
  ageSeconds: number
}

/**
 * A response and its source. `hit`: from the cache, possibly past its lifetime. `revalidated`: from an entry past its
 * lifetime, while this request fetches a fresh response. `collapsed`: the response to an identical request.
 * `fetched`: from DashScope.
 */
export type CacheResponse = { result: CacheResult } & (
  | ({ kind: 'hit' } & FromEntry)
  | ({ kind: 'revalidated'; refreshed: Promise<UpstreamResponse> } & FromEntry)
  | { kind: 'collapsed'; response: WholeResponse }
  | { kind: 'fetched'; response: UpstreamResponse }
)

/** An entry with its body in the requested form. */
export interface UsableEntry extends CacheEntry {
  stored: WholeResponse
  response: WholeResponse
}

/**
 * Looks up an entry and converts it to a stream if the request asks for one.
 *
 * @returns undefined if there is no entry or it cannot be converted.
 */
export async function readUsable(
  kv: KVNamespace,
  cacheKey: string,
  framing: Framing | undefined,
): Promise<UsableEntry | undefined> {
  const entry = await readEntry(kv, cacheKey)
  if (!entry) return undefined
  const usable = usableEntry(entry)
  const response = framing ? asStream(usable.stored, framing) : usable.stored
  return response && { ...usable, response }
}

/** An entry for a request that does not ask for a stream. */
export function usableEntry({ metadata, body }: CacheEntry): UsableEntry {
  const stored: WholeResponse = { kind: 'whole', status: 200, headers: metadata.headers, body }
  return { metadata, body, stored, response: stored }
}

/** A response from an entry within its lifetime. */
export function hit(entry: UsableEntry, nowMs: number): CacheResponse {
  return { kind: 'hit', result: { hit: true, ttlSeconds: ttlLeft(entry, nowMs) }, ...fromEntry(entry, nowMs) }
}

/**
 * A response from an entry past its lifetime (RFC 5861 section 3).
 *
 * @param refreshed the fresh response, if this request fetches it.
 */
export function staleHit(
  entry: UsableEntry,
  nowMs: number,
  refreshed?: Promise<UpstreamResponse>,
): CacheResponse {
  const result = {
    hit: true,
    ttlSeconds: ttlLeft(entry, nowMs),
    detail: 'stale-while-revalidate',
  } as const
  const found = { ...fromEntry(entry, nowMs), result }
  return refreshed ? { kind: 'revalidated', ...found, refreshed } : { kind: 'hit', ...found }
}

/** A response from a stale entry because DashScope failed (RFC 5861 section 4). */
export function staleOnError(
  entry: UsableEntry,
  forwardStatus: number | undefined,
  nowMs: number,
): CacheResponse {
  const status = forwardStatus !== undefined && { forwardStatus }
  const result = { forward: 'stale', ...status, detail: 'stale-if-error' } as const
  return { kind: 'hit', ...fromEntry(entry, nowMs), result }
}

function fromEntry({ stored, response, metadata }: UsableEntry, nowMs: number): FromEntry {
  return { response, stored, ageSeconds: ageSeconds(metadata, nowMs) }
}

function ttlLeft({ metadata }: UsableEntry, nowMs: number): number {
  return metadata.ttlSeconds - ageSeconds(metadata, nowMs)
}

function asStream(stored: WholeResponse, framing: Framing): WholeResponse | undefined {
  const stream = splitIntoEvents(textOf(stored.body), framing)
  if (stream === undefined) return undefined
  const others = stored.headers.filter(([name]) => name !== 'content-type')
  return {
    ...stored,
    headers: [...others, ['content-type', 'text/event-stream;charset=UTF-8']],
    body: bytesOf(stream),
  }
}
