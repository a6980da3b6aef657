import { isFinished } from '../dashscope/finished.ts'
import { isErrorBody } from '../dashscope/stream/first-event.ts'
import { parseObject } from '../lib/json/object.ts'
import { textOf } from '../lib/json/utf8.ts'
import { KEY_EDGE_CACHE_SECONDS, MIN_CACHE_TTL_SECONDS } from '../lib/workers-kv.ts'
import { isPartial } from '../upstream/headers.ts'
import { MAX_CACHED_ANSWER_BYTES } from '../upstream/relay-response.ts'
import type { WholeResponse } from '../upstream/response.ts'
import { isWithinLifetime } from './control.ts'
import { type CacheEntry, type EntryMetadata, readMetadata } from './entry.ts'
import { recallEntry, rememberEntry } from './memory.ts'

/** A cache that is slower than this is skipped: a miss must not cost the caller more than a blink. */
const CACHE_READ_DEADLINE_MS = 200

/** Parsing this much takes some 10 ms, after the caller has its response. A longer body is only checked at its ends. */
const PARSED_BYTES = 1024 * 1024

/** No response has more white space around it than this. */
const EDGE_BYTES = 64

/** Headers of an answer that a later caller still needs; the times of one request say nothing about another. */
const KEPT = new Set(['content-type', 'x-request-id', 'request-id'])

/**
 * Looks a cached answer up, in the isolate's memory and in KV. Where the remembered answer is past its lifetime, another
 * isolate may have put a fresh one into KV.
 *
 * A KV that fails or takes longer than CACHE_READ_DEADLINE_MS is a miss: the cache may never fail or delay a request
 * (promise P6).
 */
export async function readEntry(kv: KVNamespace, key: string): Promise<CacheEntry | undefined> {
  const nowMs = Date.now()
  const hot = recallEntry(key, nowMs)
  if (hot && isWithinLifetime(hot.metadata, nowMs)) return hot
  const found = await readKv(kv, key)
  return found ? rememberEntry(key, found, nowMs) : hot
}

async function readKv(kv: KVNamespace, key: string): Promise<CacheEntry | undefined> {
  const { promise: late, resolve } = Promise.withResolvers<undefined>()
  const timer = setTimeout(() => resolve(undefined), CACHE_READ_DEADLINE_MS)
  try {
    // KV remembers for a while also that there was nothing; its shortest memory keeps a fresh entry from being overlooked.
    const lookup = kv.getWithMetadata(key, {
      type: 'arrayBuffer',
      cacheTtl: KEY_EDGE_CACHE_SECONDS,
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
 * Rejects errors sent with status 200, partial responses, results that did not end by themselves and malformed bodies, so that
 * they are not served for the whole TTL (promise P4).
 */
export function isStorable({ status, headers, body }: WholeResponse): boolean {
  if (status !== 200 || isPartial(headers) || body.byteLength > MAX_CACHED_ANSWER_BYTES) return false
  if (body.byteLength > PARSED_BYTES) return isClosed(body)
  const text = textOf(body)
  const parsed = parseObject(text)
  return parsed !== undefined && !isErrorBody(parsed) && isFinished(parsed)
}

/** Whether a text too long to be parsed for this ends as an object does; one that was cut short ends within a string. */
function isClosed(body: Uint8Array): boolean {
  const [start, end] = [textOf(body.subarray(0, EDGE_BYTES)), textOf(body.subarray(-EDGE_BYTES))]
  return start.trimStart().startsWith('{') && end.trimEnd().endsWith('}')
}

/**
 * Keeps an answer. A failure of KV affects no request: the next request asks DashScope.
 *
 * @param graceSeconds how long after its lifetime the entry is still there.
 */
export async function writeEntry(
  kv: KVNamespace,
  key: string,
  answer: WholeResponse,
  ttlSeconds: number,
  graceSeconds: number,
  nowMs: number,
): Promise<void> {
  const metadata: EntryMetadata = {
    storedAtMs: nowMs,
    ttlSeconds,
    headers: answer.headers.filter(([name]) => KEPT.has(name)),
  }
  rememberEntry(key, { metadata, body: answer.body }, nowMs)
  const expirationTtl = Math.max(MIN_CACHE_TTL_SECONDS, ttlSeconds + graceSeconds)
  await kv.put(key, answer.body, { expirationTtl, metadata }).catch(() => undefined)
}
