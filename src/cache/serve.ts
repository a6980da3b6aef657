import type { Framing } from '../dashscope/stream/framing.ts'
import { dismantle } from '../dashscope/stream/split.ts'
import { bytesOf, textOf } from '../lib/json/utf8.ts'
import type { UpstreamResponse, WholeResponse } from '../upstream/response.ts'
import { ageSeconds } from './control.ts'
import type { CacheEntry } from './entry.ts'
import type { CacheResult, StaleDetail } from './status.ts'
import { readEntry } from './store.ts'

/** An answer from the cache, or one that was asked for. */
export interface Served<Kind extends UpstreamResponse> {
  answer: Kind
  outcome: CacheResult
  /** Seconds since the answer was stored; only of one from the cache. */
  age?: number
  /** The answer that others have paid for, to be settled as cached. */
  shared?: WholeResponse
  /** The fetch of a fresh answer that this request pays for; it goes on behind the answer. */
  refreshed?: Promise<UpstreamResponse>
}

/** An entry with its body as the caller wants it. */
export interface UsableEntry extends CacheEntry {
  answer: WholeResponse
  asked: WholeResponse
}

/**
 * Looks an entry up and makes a stream of it where one was asked for.
 *
 * @returns undefined also where no stream can be made of the entry.
 */
export async function readUsable(
  kv: KVNamespace,
  name: string,
  framing: Framing | undefined,
): Promise<UsableEntry | undefined> {
  const entry = await readEntry(kv, name)
  if (!entry) return undefined
  const answer: WholeResponse = {
    kind: 'whole',
    status: 200,
    headers: entry.metadata.headers,
    body: entry.body,
  }
  const asked = framing ? asStream(answer, framing) : answer
  return asked && { ...entry, answer, asked }
}

/** An answer from an entry that is still fresh. */
export function hit(entry: UsableEntry, nowMs: number): Served<WholeResponse> {
  return { ...served(entry, nowMs), outcome: { hit: true, ttlSeconds: ttlLeft(entry, nowMs) } }
}

/** An answer from an entry past its lifetime. */
export function staleHit(entry: UsableEntry, nowMs: number): Served<WholeResponse> {
  const detail: StaleDetail = 'stale-while-revalidate'
  return { ...served(entry, nowMs), outcome: { hit: true, ttlSeconds: ttlLeft(entry, nowMs), detail } }
}

/** An answer from an old entry because DashScope had none. */
export function insteadOfError(
  entry: UsableEntry,
  forwardStatus: number | undefined,
  nowMs: number,
): Served<WholeResponse> {
  const detail: StaleDetail = 'stale-if-error'
  const status = forwardStatus !== undefined && { forwardStatus }
  return { ...served(entry, nowMs), outcome: { forward: 'stale', ...status, detail } }
}

function served({ answer, asked, metadata }: UsableEntry, nowMs: number) {
  return { answer: asked, shared: answer, age: ageSeconds(metadata, nowMs) }
}

function ttlLeft({ metadata }: UsableEntry, nowMs: number): number {
  return metadata.ttlSeconds - ageSeconds(metadata, nowMs)
}

function asStream(answer: WholeResponse, framing: Framing): WholeResponse | undefined {
  const stream = dismantle(textOf(answer.body), framing)
  if (stream === undefined) return undefined
  const others = answer.headers.filter(([name]) => name !== 'content-type')
  return {
    ...answer,
    headers: [...others, ['content-type', 'text/event-stream;charset=UTF-8']],
    body: bytesOf(stream),
  }
}
