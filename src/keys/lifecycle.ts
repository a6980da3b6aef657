import { GatewayError } from '../errors.ts'
import type { KeyRecord } from '../policy/key-record.ts'
import { isKeyId } from '../policy/key-record.ts'
import type { KeyChange, NewKey } from '../policy/schema/key.ts'
import { hashClientKey, makeClientKey } from './client-key.ts'
import type { StoredKey } from './directory/rows.ts'
import { makeKeyId, newRecord } from './new-record.ts'
import { forgetOrigins } from './origins.ts'
import { askRegistry, type KeyStores } from './registry.ts'
import { forgetKeyState } from './revocations.ts'
import { forgetKey, refuseKey } from './store.ts'

/** Keys per page of the operator's list. */
const KEY_LIST_PAGE_SIZE = 100

/** A key in the operator's list. */
export type ListedKey = KeyRecord & { last_used_at?: string }

/**
 * Issues a client key.
 *
 * @returns its record and the key itself, which is not stored and cannot be shown again.
 * @throws GatewayError `invalid` if it would expire in the past, `unavailable` if the registry or KV fails.
 */
export async function createKey(
  stores: KeyStores,
  fields: NewKey,
  nowMs: number,
): Promise<KeyRecord & { key: string }> {
  const key = makeClientKey()
  const asked = newRecord(makeKeyId(nowMs), fields, nowMs, nowMs)
  const record = await askRegistry(stores, (registry) => registry.create(asked, hashClientKey(key), nowMs))
  forgetOrigins(stores.KEYS)
  return { ...record, key }
}

/**
 * The record of a key.
 *
 * @throws GatewayError `notFound` if there is no such key, `unavailable` if the registry fails.
 */
export async function readRecord(stores: KeyStores, id: string): Promise<ListedKey> {
  return listed(await readStored(stores, id))
}

/** One page of the keys, newest first. */
export interface KeyPage {
  records: ListedKey[]
  /** Where the next page begins; undefined on the last page. */
  cursor?: string
}

/**
 * One page of the keys, newest first, without revoked ones.
 *
 * @param cursor where the page begins; `cursor` of the page before.
 * @throws GatewayError `unavailable` if the registry fails.
 */
export async function readKeyPage(stores: KeyStores, cursor = ''): Promise<KeyPage> {
  const keys = await askRegistry(stores, (registry) => registry.page(cursor, KEY_LIST_PAGE_SIZE + 1, false))
  const records = keys.slice(0, KEY_LIST_PAGE_SIZE).map(listed)
  const last = records.at(-1)
  return keys.length > records.length && last ? { records, cursor: last.id } : { records }
}

/**
 * Changes what a key may do. It takes effect in this isolate at once, everywhere within a minute.
 *
 * @returns the new record.
 * @throws GatewayError `notFound` if there is no such key, `invalid` if it would expire in the past, `unavailable` if
 *   the registry or KV fails.
 */
export async function changeKey(
  stores: KeyStores,
  id: string,
  change: KeyChange,
  nowMs: number,
): Promise<KeyRecord> {
  const changed = isKeyId(id) && (await askRegistry(stores, (registry) => registry.change(id, change, nowMs)))
  if (!changed) throw noSuchKey(id)
  if ('refused' in changed) {
    const { message, param } = changed.refused
    throw new GatewayError('invalid', message, { param })
  }
  forgetKey(stores.KEYS, id)
  forgetKeyState(stores.KEYS, id)
  forgetOrigins(stores.KEYS)
  return changed.record
}

/**
 * Revokes a key and with it its session tokens: refused in this isolate at once, everywhere within a minute. After a
 * failure, calling it again completes the work.
 *
 * @throws GatewayError `notFound` if there is no such key, `unavailable` if the registry or KV fails.
 */
export async function revokeKey(stores: KeyStores, id: string, nowMs: number): Promise<void> {
  if (!isKeyId(id)) throw noSuchKey(id)
  refuseKey(stores.KEYS, id, nowMs)
  const isKnown = await askRegistry(stores, (registry) => registry.revoke(id, nowMs))
  forgetOrigins(stores.KEYS)
  if (!isKnown) throw noSuchKey(id)
}

/**
 * Makes the cached responses of a key, and of every key that shares its scope, unreadable. The entries stay in KV
 * until they expire.
 *
 * @returns the ids of the purged keys.
 * @throws GatewayError `notFound` if there is no such key, `unavailable` if the registry or KV fails.
 */
export async function purge(stores: KeyStores, id: string, nowMs: number): Promise<string[]> {
  const purged = isKeyId(id) && (await askRegistry(stores, (registry) => registry.purge(id, nowMs)))
  if (!purged) throw noSuchKey(id)
  for (const each of purged) forgetKey(stores.KEYS, each)
  return purged
}

async function readStored(stores: KeyStores, id: string): Promise<StoredKey> {
  const stored = isKeyId(id) && (await askRegistry(stores, (registry) => registry.find(id)))
  if (!stored) throw noSuchKey(id)
  return stored
}

function listed({ record, lastUsedMs }: StoredKey): ListedKey {
  return lastUsedMs === undefined ? record : { ...record, last_used_at: new Date(lastUsedMs).toISOString() }
}

function noSuchKey(id: string): GatewayError {
  const named = isKeyId(id) ? `the id ${id}` : 'this id; an id is "key_" and 16 hexadecimal digits'
  return new GatewayError('notFound', `There is no client key with ${named}. GET /edge/keys lists them.`)
}
