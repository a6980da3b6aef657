import { KEY_METADATA_MAX_BYTES } from '../../lib/workers-kv.ts'
import { MAX_TOKEN_SECONDS } from '../../policy/key-record.ts'
import { disabledEntry, INDEX_PREFIX, recordEntry, revokedEntry } from '../store.ts'
import type { StoredKey } from './rows.ts'

/**
 * How long session tokens of a revoked or disabled key are refused: the longest lifetime of a token, plus the minute
 * in which other locations may still create tokens from the key.
 */
const REVOCATION_SECONDS = MAX_TOKEN_SECONDS + 120

/**
 * Writes that a key was revoked: by its hash for the key itself, by its id for its session tokens. Nothing else
 * writes these entries, so they need not wait for other writes of the key.
 */
export async function writeRevocation(
  kv: KVNamespace,
  { record, hash, revokedMs }: StoredKey,
): Promise<void> {
  if (revokedMs === undefined) return
  const moment = String(revokedMs)
  await kv.put(revokedEntry(hash), moment)
  await kv.put(revokedEntry(record.id), moment, { expirationTtl: REVOCATION_SECONDS })
}

/**
 * Writes the KV entries of a key that requests read: its record by the key's hash, and the hash by the key's id. For
 * a revoked key, deletes them.
 */
export async function writeEntries(kv: KVNamespace, { record, hash, revokedMs }: StoredKey): Promise<void> {
  const index = INDEX_PREFIX + record.id
  if (revokedMs !== undefined) {
    await kv.delete(recordEntry(hash))
    await kv.delete(index)
    return
  }
  const body = JSON.stringify(record)
  const fits = new TextEncoder().encode(body).length <= KEY_METADATA_MAX_BYTES
  await kv.put(index, hash, fits ? { metadata: record } : {})
  await kv.put(recordEntry(hash), body)
  if (record.disabled) {
    await kv.put(disabledEntry(record.id), 'disabled', { expirationTtl: REVOCATION_SECONDS })
  }
}

/**
 * Deletes the entry of a key that was enabled again, so that its session tokens work at once and not only after the
 * entry expires.
 */
export async function deleteDisabledEntry(kv: KVNamespace, id: string): Promise<void> {
  await kv.delete(disabledEntry(id))
}
