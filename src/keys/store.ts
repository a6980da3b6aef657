import { GatewayError } from '../errors.ts'
import { KV_EDGE_CACHE_SECONDS } from '../lib/workers-kv.ts'
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

/** Outages of the key store mostly end within seconds; an earlier retry is pointless. */
const KEYS_RETRY_AFTER_SECONDS = 5

/** The prefix of the KV entries that map a key's id to its hash. */
export const INDEX_PREFIX = 'id:'

/** Keyed by the namespace, which is the same object in every request of an isolate. */
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

/** The remembered record of a client key; `null` if it was refused, `undefined` if nothing is remembered. */
export function recallKey(kv: KVNamespace, credential: string, nowMs: number): KeyRecord | null | undefined {
  return recall(memoryOf(kv), credential, nowMs)
}

/**
 * The record of a client key, from the isolate's memory or from KV. Two concurrent misses both read: Workers forbid
 * one request to wait for another's I/O.
 *
 * @returns `undefined` for a key that is unknown or revoked. The restrictions in the record (`expires_at`, …) are not
 *   checked.
 * @throws GatewayError `unavailable` if KV fails: the caller is refused, but not with a 401.
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
 * Reads the records of keys by their hashes, at most KEYS_A_READ in one operation. A record counts only if there is
 * no revocation entry: KV has no compare-and-set, so a change or purge may write the record again before a revocation
 * made elsewhere is visible. Only a revocation writes the other entry.
 *
 * @returns the records in the order of the hashes, `null` for a key that is unknown or revoked.
 * @throws GatewayError `unavailable` if KV fails, and for a record that is malformed.
 */
export async function readRecords(kv: KVNamespace, hashes: readonly string[]): Promise<(KeyRecord | null)[]> {
  const names = hashes.flatMap((hash) => [recordEntry(hash), revokedEntry(hash)])
  const entries = await keysOrUnavailable(() =>
    kv.get<unknown>(names, { type: 'json', cacheTtl: KV_EDGE_CACHE_SECONDS }),
  )
  return hashes.map((hash) =>
    entries.get(revokedEntry(hash)) ? null : recordIn(entries.get(recordEntry(hash)) ?? null),
  )
}

/** A malformed record refuses its key, but not with a 401. */
function recordIn(stored: unknown): KeyRecord | null {
  if (stored === null || isKeyRecord(stored)) return stored
  throw unavailable(
    'The record of this client key is malformed. Ask the operator of the gateway to write it again.',
  )
}

/**
 * The record of a key by its id, for requests that name a key without sending it.
 *
 * @returns undefined for a key that is unknown, revoked, or refused by this isolate.
 * @throws GatewayError `unavailable` if KV fails.
 */
export async function findKeyById(
  kv: KVNamespace,
  id: string,
  nowMs: number,
): Promise<KeyRecord | undefined> {
  if (isRefused(kv, id, nowMs)) return undefined
  const hash = await keysOrUnavailable(() => kv.get(INDEX_PREFIX + id, { cacheTtl: KV_EDGE_CACHE_SECONDS }))
  const [record] = hash === null ? [] : await readRecords(kv, [hash])
  return record ?? undefined
}

/** Makes this isolate read a key again after its record was changed; others do within KEY_MEMORY_SECONDS. */
export function forgetKey(kv: KVNamespace, id: string): void {
  forget(memoryOf(kv), id)
}

/** Makes this isolate refuse a key from now on, whatever KV still returns. */
export function refuseKey(kv: KVNamespace, id: string, nowMs: number): void {
  rememberRevoked(memoryOf(kv), id, nowMs)
}

/** Whether this isolate refuses a key because it recently revoked it. */
export function isRefused(kv: KVNamespace, id: string, nowMs: number): boolean {
  return isRevoked(memoryOf(kv), id, nowMs)
}

/**
 * Runs an operation on the namespace of keys and returns what it returns.
 *
 * @throws GatewayError `unavailable` with `Retry-After`, for any failure.
 */
export async function keysOrUnavailable<Result>(operation: () => Promise<Result>): Promise<Result> {
  try {
    return await operation()
  } catch (cause) {
    throw unavailable('The store of client keys does not respond. Try again in a moment.', cause)
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
