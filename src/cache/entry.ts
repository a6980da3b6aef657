import { isJsonObject } from '../lib/json/object.ts'

/** The KV metadata of a cached body, at most 1,024 bytes. */
export interface EntryMetadata {
  storedAtMs: number
  ttlSeconds: number
  headers: [string, string][]
}

/** A cached response: a body and its metadata. */
export interface CacheEntry {
  metadata: EntryMetadata
  body: Uint8Array<ArrayBuffer>
}

/** Checks metadata that KV returned; undefined if it is malformed, so that the entry counts as a miss (promise P6). */
export function readMetadata(value: unknown): EntryMetadata | undefined {
  if (!isJsonObject(value)) return undefined
  const { storedAtMs, ttlSeconds, headers } = value
  if (!Number.isFinite(storedAtMs) || !Number.isFinite(ttlSeconds)) return undefined
  if (!Array.isArray(headers) || !headers.every(isHeader)) return undefined
  return { storedAtMs: Number(storedAtMs), ttlSeconds: Number(ttlSeconds), headers }
}

function isHeader(value: unknown): value is [string, string] {
  return Array.isArray(value) && value.length === 2 && value.every((part) => typeof part === 'string')
}
