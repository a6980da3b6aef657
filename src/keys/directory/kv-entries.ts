import { KEY_METADATA_MAX_BYTES } from '../../lib/workers-kv.ts'
import { MAX_TOKEN_SECONDS } from '../../policy/key-record.ts'
import { disabledEntry, INDEX_PREFIX, recordEntry, revokedEntry } from '../store.ts'
import type { StoredKey } from './rows.ts'

/**
 * How long session tokens of a revoked or disabled key are refused: the longest life of a token, and the minute after the
 * change in which a location that has not seen it still mints.
 */
const REVOCATION_SECONDS = MAX_TOKEN_SECONDS + 120

/**
 * Writes that a key was revoked: by its hash for the key itself, by its id for its session tokens. These entries are written
 * by nothing else, so they need not wait for the entries of the key.
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

/** Writes what requests read of a key: its record by the hash of the key, and the hash by its id; of a revoked key nothing. */
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

/** Lets the session tokens of a key that is enabled again pass. Without this they do once the entry expires. */
export async function deleteDisabledEntry(kv: KVNamespace, id: string): Promise<void> {
  await kv.delete(disabledEntry(id))
}
