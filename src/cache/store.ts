import { isFinished } from '../dashscope/finished.ts'
import { isErrorBody } from '../dashscope/stream/first-event.ts'
import { parseObject } from '../lib/json/object.ts'
import { textOf } from '../lib/json/utf8.ts'
import { KV_EDGE_CACHE_SECONDS, MIN_CACHE_TTL_SECONDS } from '../lib/workers-kv.ts'
import { isPartial } from '../upstream/headers.ts'
import { MAX_CACHED_RESPONSE_BYTES } from '../upstream/relay-response.ts'
import type { WholeResponse } from '../upstream/response.ts'
import { isWithinLifetime } from './control.ts'
import { type CacheEntry, type EntryMetadata, readMetadata } from './entry.ts'
import { recallEntry, rememberEntry } from './memory.ts'

/** The time limit of a KV lookup, so that a slow one does not delay the request. */
const CACHE_READ_DEADLINE_MS = 200

/**
 * Parsing this much takes about 10 ms, after the caller has its response. For a longer body, only its first and last
 * bytes are checked.
 */
const PARSED_BYTES = 1024 * 1024

/** The longest white space expected around a response. */
const EDGE_BYTES = 64

/** Response headers that are stored; timings of one request do not apply to another. */
const KEPT = new Set(['content-type', 'x-request-id', 'request-id'])

/**
 * Looks up an entry in the isolate's memory, then in KV. If the remembered entry is stale, another isolate may have
 * stored a fresh one in KV.
 *
 * A KV that fails or takes longer than CACHE_READ_DEADLINE_MS is a miss: the cache may never fail or delay a request
 * (promise P6).
 */
export async function readEntry(kv: KVNamespace, cacheKey: string): Promise<CacheEntry | undefined> {
  const nowMs = Date.now()
  const hot = recallEntry(cacheKey, nowMs)
  if (hot && isWithinLifetime(hot.metadata, nowMs)) return hot
  const found = await readKv(kv, cacheKey)
  return found ? rememberEntry(cacheKey, found, nowMs) : hot
}

async function readKv(kv: KVNamespace, cacheKey: string): Promise<CacheEntry | undefined> {
  const { promise: late, resolve } = Promise.withResolvers<undefined>()
  const timer = setTimeout(() => resolve(undefined), CACHE_READ_DEADLINE_MS)
  try {
    // KV caches misses too; with the shortest `cacheTtl`, a fresh entry is seen soon.
    const lookup = kv.getWithMetadata(cacheKey, {
      type: 'arrayBuffer',
      cacheTtl: KV_EDGE_CACHE_SECONDS,
    })
    const found = await Promise.race([lookup.catch(() => undefined), late])
    const metadata = readMetadata(found?.metadata)
    return found?.value && metadata ? { metadata, body: new Uint8Array(found.value) } : undefined
  } catch {
    return undefined
  } finally {
    clearTimeout(timer)
  }
}

/**
 * Whether a response may be stored. Errors sent with status 200, partial responses, truncated results and malformed
 * bodies may not, so that they are not served for the whole TTL (promise P4).
 */
export function isStorable({ status, headers, body }: WholeResponse): boolean {
  if (status !== 200 || isPartial(headers) || body.byteLength > MAX_CACHED_RESPONSE_BYTES) return false
  if (body.byteLength > PARSED_BYTES) return isClosed(body)
  const text = textOf(body)
  const parsed = parseObject(text)
  return parsed !== undefined && !isErrorBody(parsed) && isFinished(parsed)
}

/** Whether a text that is too long to parse ends like an object; a truncated one usually ends inside a string. */
function isClosed(body: Uint8Array): boolean {
  const [start, end] = [textOf(body.subarray(0, EDGE_BYTES)), textOf(body.subarray(-EDGE_BYTES))]
  return start.trimStart().startsWith('{') && end.trimEnd().endsWith('}')
}

/**
 * Stores a response. A failure of KV affects no request: the next one goes to DashScope.
 *
 * @param graceSeconds how long the entry is kept after its lifetime.
 */
export async function writeEntry(
  kv: KVNamespace,
  key: string,
  response: WholeResponse,
  ttlSeconds: number,
  graceSeconds: number,
  nowMs: number,
): Promise<void> {
  const metadata: EntryMetadata = {
    storedAtMs: nowMs,
    ttlSeconds,
    headers: response.headers.filter(([name]) => KEPT.has(name)),
  }
  rememberEntry(key, { metadata, body: response.body }, nowMs)
  const expirationTtl = Math.max(MIN_CACHE_TTL_SECONDS, ttlSeconds + graceSeconds)
  await kv.put(key, response.body, { expirationTtl, metadata }).catch(() => undefined)
}
