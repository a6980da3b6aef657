import { GatewayError } from '../errors.ts'
import type { KeyRecord } from '../policy/key-record.ts'
import { isKeyId } from '../policy/key-record.ts'
import type { KeyChange, NewKey } from '../policy/schema/key.ts'
import { enteredGeneration, purgedGeneration, scopeMembers } from './cache-generation.ts'
import { hashClientKey, makeClientKey } from './client-key.ts'
import { changedRecord, makeKeyId, newRecord } from './new-record.ts'
import {
  deleteIndex,
  deleteRecord,
  readAll,
  readHash,
  readKeys,
  type StoredKey,
  writeKey,
  writeOrigins,
} from './operator-store.ts'
import { recordRevoked } from './revocations.ts'
import { forgetKey, isRefused, refuseKey } from './store.ts'

/**
 * Issues a client key.
 *
 * @returns its record with the key itself, which is stored nowhere and can be shown this once only.
 * @throws GatewayError `invalid` when it would expire in the past, `unavailable` when KV fails.
 */
export async function createKey(
  kv: KVNamespace,
  fields: NewKey,
  nowMs: number,
): Promise<KeyRecord & { key: string }> {
  const id = makeKeyId(nowMs)
  const scope = fields.cache?.scope
  const others = scope || fields.origins ? await readOthers(kv, id) : []
  const record = newRecord(id, fields, enteredGeneration(scope, others, nowMs), nowMs)
  if (fields.origins) await writeOrigins(kv, [record, ...others], nowMs)
  const key = makeClientKey()
  await writeKey(kv, { record, hash: hashClientKey(key) })
  return { ...record, key }
}

/**
 * The record of a key.
 *
 * @throws GatewayError `notFound` when there is no such key, `unavailable` when KV fails.
 */
export async function readRecord(kv: KVNamespace, id: string, nowMs: number): Promise<KeyRecord> {
  return (await readStored(kv, id, nowMs)).record
}

/**
 * Changes what a key may do. This isolate goes by the change at once, all others within a minute.
 *
 * @returns the record as it is now.
 * @throws GatewayError `notFound` when there is no such key, `invalid` when it would expire in the past, `unavailable`
 *   when KV fails.
 */
export async function changeKey(
  kv: KVNamespace,
  id: string,
  change: KeyChange,
  nowMs: number,
): Promise<KeyRecord> {
  const { record, hash } = await readStored(kv, id, nowMs)
  const changed = changedRecord(record, change, nowMs)
  const scope = changed.cache?.scope
  const movesScope = scope !== record.cache?.scope
  const movesOrigins = change.origins !== undefined
  const others = movesScope || movesOrigins ? await readOthers(kv, id) : []
  if (movesScope) changed.cache_generation = enteredGeneration(scope, others, nowMs)
  if (movesOrigins) await writeOrigins(kv, [changed, ...others], nowMs)
  await writeKey(kv, { record: changed, hash })
  forgetKey(kv, id)
  return changed
}

/**
 * Revokes a key and with it its session tokens: refused in this isolate at once, everywhere within a minute. The list
 * loses it last, so that after a failure on the way the same call finishes the work; and where a change from elsewhere has
 * put it back on the list, dead, the same call takes it away again.
 *
 * @throws GatewayError `notFound` when there is no such key, `unavailable` when KV fails.
 */
export async function revokeKey(kv: KVNamespace, id: string, nowMs: number): Promise<void> {
  const hash = isKeyId(id) ? await readHash(kv, id) : null
  if (hash === null) throw noSuchKey(id)
  refuseKey(kv, id, nowMs)
  await recordRevoked(kv, id, hash, nowMs)
  await deleteRecord(kv, hash)
  const records = await readAll(kv)
  const own = records.find((record) => record.id === id)
  if (!own || own.origins) {
    await writeOrigins(
      kv,
      records.filter((record) => record !== own),
      nowMs,
    )
  }
  await deleteIndex(kv, id)
}

/**
 * Puts the cached answers of a key out of reach, and with them those of every key that shares its scope. The entries
 * themselves stay in KV until their time is over. A scope of more than about 400 keys does not fit into the thousand KV
 * operations that Workers allow one request.
 *
 * @returns the ids of the keys that were purged.
 * @throws GatewayError `notFound` when there is no such key, `unavailable` when KV fails.
 */
export async function purge(kv: KVNamespace, id: string, nowMs: number): Promise<string[]> {
  const stored = await readStored(kv, id, nowMs)
  const scope = stored.record.cache?.scope
  const others = scope === undefined ? [] : scopeMembers(scope, await readOthers(kv, id))
  const sharing = await readKeys(
    kv,
    others.map((record) => record.id),
  )
  const purged = [stored, ...sharing]
  const generation = purgedGeneration(
    purged.map(({ record }) => record),
    nowMs,
  )
  for (const { record, hash } of purged) {
    await writeKey(kv, { record: { ...record, cache_generation: generation }, hash })
    forgetKey(kv, record.id)
  }
  return purged.map(({ record }) => record.id)
}

/** A key that this isolate revoked is gone, even where KV still shows it. */
async function readStored(kv: KVNamespace, id: string, nowMs: number): Promise<StoredKey> {
  const [stored] = isKeyId(id) && !isRefused(kv, id, nowMs) ? await readKeys(kv, [id]) : []
  if (!stored) throw noSuchKey(id)
  return stored
}

async function readOthers(kv: KVNamespace, id: string): Promise<KeyRecord[]> {
  return (await readAll(kv)).filter((record) => record.id !== id)
}

function noSuchKey(id: string): GatewayError {
  const named = isKeyId(id) ? `the id ${id}` : 'this id; an id is "key_" and 16 hexadecimal digits'
  return new GatewayError('notFound', `There is no client key with ${named}. GET /edge/keys lists them.`)
}
