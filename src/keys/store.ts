import { GatewayError } from '../errors.ts'
import { KEY_EDGE_CACHE_SECONDS } from '../lib/workers-kv.ts'
import type { KeyRecord } from '../policy/key-record.ts'
import { isKeyRecord } from '../policy/stored-record.ts'
import { hashClientKey } from './client-key.ts'
import {
  emptyMemory,
  forget,
  isRevoked,
  type KeyMemory,
  recall,
  remember,
  rememberRevoked,
} from './key-memory.ts'

/** Key records that cannot be read are mostly back within seconds; sooner a caller need not ask. */
const KEYS_RETRY_AFTER_SECONDS = 5

/** What the KV entries that lead from a key's id to its hash begin with. */
export const INDEX_PREFIX = 'id:'

/** The memory belongs to the namespace it was filled from; the runtime hands an isolate the same object each time. */
const memories = new WeakMap<KVNamespace, KeyMemory>()

/** The KV entry with the record of a key, by the SHA-256 of the key in hexadecimal digits. */
export function recordEntry(hash: string): string {
  return `key:${hash}`
}

/** The KV entry that marks a revoked key: by its hash for the key itself, by its id for its session tokens. */
export function revokedEntry(hashOrId: string): string {
  return `revoked:${hashOrId}`
}

/** The KV entry that marks a disabled key, by its id, for its session tokens. */
export function disabledEntry(id: string): string {
  return `disabled:${id}`
}

/** What the isolate remembers of a client key: its record, `null` for one that was refused, `undefined` if nothing is remembered. */
export function recallKey(kv: KVNamespace, credential: string, nowMs: number): KeyRecord | null | undefined {
  return recall(memoryOf(kv), credential, nowMs)
}

/**
 * The record of a client key, from the isolate's memory or from KV. Two requests that miss at the same moment both read:
 * Workers forbid one request to wait for another's I/O.
 *
 * @returns `undefined` for a key that is unknown or revoked. The record's own limits (`expires_at`, …) are not checked.
 * @throws GatewayError `unavailable` when KV fails: a caller that cannot be identified is refused, but the key is not called wrong.
 */
export async function findKey(
  kv: KVNamespace,
  credential: string,
  nowMs: number,
  beforeLookup: () => void = () => undefined,
): Promise<KeyRecord | undefined> {
  const memory = memoryOf(kv)
  const recalled = recall(memory, credential, nowMs)
  if (recalled !== undefined) return recalled ?? undefined
  beforeLookup()
  const [record = null] = await readRecords(kv, [hashClientKey(credential)])
  return remember(memory, credential, record, nowMs) ?? undefined
}

/**
 * Reads the records of keys by their hashes, at most KEYS_A_READ with one operation. A record counts only where no
 * revocation exists: KV has no compare-and-set, so a change or purge within the minute in which a revocation elsewhere is not
 * visible yet writes the record again. Only a revocation writes that other entry.
 *
 * @returns the records in the order asked for, `null` for a key that is unknown or revoked.
 * @throws GatewayError `unavailable` when KV fails, and for a record that is malformed.
 */
export async function readRecords(kv: KVNamespace, hashes: readonly string[]): Promise<(KeyRecord | null)[]> {
  const names = hashes.flatMap((hash) => [recordEntry(hash), revokedEntry(hash)])
  const entries = await keysOrUnavailable(() =>
    kv.get<unknown>(names, { type: 'json', cacheTtl: KEY_EDGE_CACHE_SECONDS }),
  )
  return hashes.map((hash) =>
    entries.get(revokedEntry(hash)) ? null : recordIn(entries.get(recordEntry(hash)) ?? null),
  )
}

/** A record that is malformed refuses its key, but does not call it wrong. */
function recordIn(stored: unknown): KeyRecord | null {
  if (stored === null || isKeyRecord(stored)) return stored
  throw unavailable(
    'The record of this client key is malformed. Ask the operator of the gateway to write it again.',
  )
}

/**
 * The record of a key by its id, for a mint that names the key and does not send it.
 *
 * @returns undefined for a key that is unknown, revoked, or refused by this isolate.
 * @throws GatewayError `unavailable` when KV fails.
 */
export async function findKeyById(
  kv: KVNamespace,
  id: string,
  nowMs: number,
): Promise<KeyRecord | undefined> {
  if (isRefused(kv, id, nowMs)) return undefined
  const hash = await keysOrUnavailable(() => kv.get(INDEX_PREFIX + id, { cacheTtl: KEY_EDGE_CACHE_SECONDS }))
  const [record] = hash === null ? [] : await readRecords(kv, [hash])
  return record ?? undefined
}

/** Makes this isolate read a key anew after its record was changed; others do within KEY_MEMORY_SECONDS. */
export function forgetKey(kv: KVNamespace, id: string): void {
  forget(memoryOf(kv), id)
}

/** Makes this isolate refuse a key from now on, whatever KV still shows of it. */
export function refuseKey(kv: KVNamespace, id: string, nowMs: number): void {
  rememberRevoked(memoryOf(kv), id, nowMs)
}

/** Whether this isolate refuses a key because it was revoked here a moment ago. */
export function isRefused(kv: KVNamespace, id: string, nowMs: number): boolean {
  return isRevoked(memoryOf(kv), id, nowMs)
}

/**
 * Runs an operation on the namespace of keys and returns what it returns.
 *
 * @throws GatewayError `unavailable` with `Retry-After`, whatever it was that failed.
 */
export async function keysOrUnavailable<Result>(operation: () => Promise<Result>): Promise<Result> {
  try {
    return await operation()
  } catch (cause) {
    throw unavailable('The store of client keys does not answer. Try again in a moment.', cause)
  }
}

function unavailable(message: string, cause?: unknown): GatewayError {
  return new GatewayError('unavailable', message, {
    headers: { 'retry-after': String(KEYS_RETRY_AFTER_SECONDS) },
    cause,
  })
}

function memoryOf(kv: KVNamespace): KeyMemory {
  let memory = memories.get(kv)
  if (!memory) {
    memory = emptyMemory()
    memories.set(kv, memory)
  }
  return memory
}
