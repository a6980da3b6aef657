import { KEY_EDGE_CACHE_SECONDS, KEY_METADATA_MAX_BYTES, KEYS_A_READ } from '../lib/workers-kv.ts'
import type { KeyRecord } from '../policy/key-record.ts'
import {
  INDEX_PREFIX,
  ORIGINS_ENTRY,
  orUnavailable,
  readRecords,
  recordEntry,
  replaceOrigins,
} from './store.ts'

/** Keys a page of the operator's list. */
const KEY_LIST_PAGE_SIZE = 100

/** A record and the hash it is stored under. */
export interface StoredKey {
  record: KeyRecord
  hash: string
}

interface Page {
  records: KeyRecord[]
  /** Where the next page begins; absent on the last. */
  cursor?: string
}

/**
 * Reads keys by their ids, fifty with two operations. KV has no compare-and-set and may show a record as it was up
 * to a minute ago: of two changes to one key from two continents within that time, the later one wins whole.
 *
 * @returns the keys that exist and were not revoked, in the order asked for.
 * @throws GatewayError `unavailable` when KV fails.
 */
export async function readKeys(kv: KVNamespace, ids: readonly string[]): Promise<StoredKey[]> {
  const stored: StoredKey[] = []
  for (let start = 0; start < ids.length; start += KEYS_A_READ) {
    const entries = ids.slice(start, start + KEYS_A_READ).map((id) => INDEX_PREFIX + id)
    const index = await orUnavailable(() =>
      kv.get(entries, { type: 'text', cacheTtl: KEY_EDGE_CACHE_SECONDS }),
    )
    const hashes = entries.flatMap((entry) => index.get(entry) ?? [])
    const records = hashes.length > 0 ? await readRecords(kv, hashes) : []
    for (const [position, record] of records.entries()) {
      if (record) stored.push({ record, hash: hashes[position] as string })
    }
  }
  return stored
}

/**
 * Writes a key. The index comes first: a key that works but cannot be listed, and so not revoked, must not exist. The
 * record rides along as the index entry's metadata where it fits, so that a list is one operation.
 *
 * @throws GatewayError `unavailable` when KV fails.
 */
export async function writeKey(kv: KVNamespace, { record, hash }: StoredKey): Promise<void> {
  const body = JSON.stringify(record)
  const fits = new TextEncoder().encode(body).length <= KEY_METADATA_MAX_BYTES
  await orUnavailable(async () => {
    await kv.put(INDEX_PREFIX + record.id, hash, fits ? { metadata: record } : {})
    await kv.put(recordEntry(hash), body)
  })
}

/**
 * The hash that a key's record is stored under, or `null` when there is no such key.
 *
 * @throws GatewayError `unavailable` when KV fails.
 */
export async function readHash(kv: KVNamespace, id: string): Promise<string | null> {
  return orUnavailable(() => kv.get(INDEX_PREFIX + id, { cacheTtl: KEY_EDGE_CACHE_SECONDS }))
}

/** Deletes the record of a key: from then on it does not work. Throws GatewayError `unavailable` when KV fails. */
export async function deleteRecord(kv: KVNamespace, hash: string): Promise<void> {
  await orUnavailable(() => kv.delete(recordEntry(hash)))
}

/** Deletes a key from the list. Throws GatewayError `unavailable` when KV fails. */
export async function deleteIndex(kv: KVNamespace, id: string): Promise<void> {
  await orUnavailable(() => kv.delete(INDEX_PREFIX + id))
}

/**
 * One page of the keys, newest first.
 *
 * @param cursor where the page begins, from the page before.
 * @throws GatewayError `unavailable` when KV fails.
 */
export async function readPage(kv: KVNamespace, cursor: string | undefined): Promise<Page> {
  const listed = await orUnavailable(() =>
    kv.list<KeyRecord>({ prefix: INDEX_PREFIX, limit: KEY_LIST_PAGE_SIZE, cursor: cursor ?? null }),
  )
  const ids = listed.keys.map((entry) => entry.name.slice(INDEX_PREFIX.length))
  const listedRecords = listed.keys.map((entry) => entry.metadata ?? undefined)
  const long = await readKeys(
    kv,
    ids.filter((_, position) => !listedRecords[position]),
  )
  const longRecords = new Map(long.map(({ record }) => [record.id, record]))
  const records = ids.flatMap((id, position) => listedRecords[position] ?? longRecords.get(id) ?? [])
  return listed.list_complete ? { records } : { records, cursor: listed.cursor }
}

/**
 * All keys, newest first, a hundred with one operation: what a change to one of them is weighed against.
 *
 * @throws GatewayError `unavailable` when KV fails.
 */
export async function readAll(kv: KVNamespace): Promise<KeyRecord[]> {
  const records: KeyRecord[] = []
  let cursor: string | undefined
  do {
    const page = await readPage(kv, cursor)
    records.push(...page.records)
    cursor = page.cursor
  } while (cursor !== undefined)
  return records
}

/**
 * Writes the union of the keys' origins for the preflights. It is always made from all keys, so that a write which was
 * lost to another at the same moment is made good by the next.
 *
 * @throws GatewayError `unavailable` when KV fails.
 */
export async function writeOrigins(
  kv: KVNamespace,
  records: readonly KeyRecord[],
  nowMs: number,
): Promise<void> {
  const origins = [...new Set(records.flatMap((record) => record.origins ?? []))].sort()
  await orUnavailable(() => kv.put(ORIGINS_ENTRY, JSON.stringify(origins)))
  replaceOrigins(kv, origins, nowMs)
}
