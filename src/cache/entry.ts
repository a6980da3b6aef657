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
