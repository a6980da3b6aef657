import { setBounded } from '../lib/bounded-map.ts'
import type { KeyRecord } from '../policy/key-record.ts'

/** Together with the 30 s of KV_EDGE_CACHE_SECONDS, a revoked key is refused everywhere within 60 s. */
export const KEY_MEMORY_SECONDS = 20

/** Client keys that an isolate remembers; about 1 kB each. */
export const KEY_MEMORY_ENTRIES = 2000

/**
 * How long an isolate that revoked a key refuses it without asking KV, which shows a deletion everywhere within 60 s.
 */
export const REVOKED_KEY_MEMORY_SECONDS = 60

/** A value and when to read it again. */
export interface Remembered<Value> {
  value: Value
  untilMs: number
}

/**
 * An isolate's memory of client keys, so that a warm request costs neither a read nor a hash. Known and refused keys
 * are kept in separate maps, so that invented keys never evict a valid one.
 */
export interface KeyMemory {
  /** By the credential as it was sent. */
  known: Map<string, Remembered<KeyRecord>>
  /** By the credential as it was sent. */
  unknown: Map<string, Remembered<null>>
  /** By key id: revoked by this isolate, whatever KV still returns. */
  revoked: Map<string, Remembered<null>>
}

/** An empty memory. */
export function emptyMemory(): KeyMemory {
  return { known: new Map(), unknown: new Map(), revoked: new Map() }
}

/** The record of a credential, `null` if it is remembered as refused, `undefined` if nothing is remembered. */
export function recall(memory: KeyMemory, credential: string, nowMs: number): KeyRecord | null | undefined {
  const found = memory.known.get(credential) ?? memory.unknown.get(credential)
  return found && nowMs < found.untilMs ? found.value : undefined
}

/**
 * Remembers KV's result for a credential (`null`: no such key) and returns it; `null` for a key revoked in this
 * isolate.
 */
export function remember(
  memory: KeyMemory,
  credential: string,
  record: KeyRecord | null,
  nowMs: number,
): KeyRecord | null {
  const untilMs = nowMs + 1000 * KEY_MEMORY_SECONDS
  memory.known.delete(credential)
  memory.unknown.delete(credential)
  if (!record || isRevoked(memory, record.id, nowMs)) {
    setBounded(memory.unknown, credential, { value: null, untilMs }, KEY_MEMORY_ENTRIES)
    return null
  }
  setBounded(memory.known, credential, { value: record, untilMs }, KEY_MEMORY_ENTRIES)
  return record
}

/** Makes the isolate read a key again after its record has changed. */
export function forget(memory: KeyMemory, id: string): void {
  for (const [credential, { value }] of memory.known) {
    if (value.id === id) memory.known.delete(credential)
  }
}

/** Refuses a key from now on, even while KV still returns its record from the location's cache. */
export function rememberRevoked(memory: KeyMemory, id: string, nowMs: number): void {
  forget(memory, id)
  setBounded(
    memory.revoked,
    id,
    { value: null, untilMs: nowMs + 1000 * REVOKED_KEY_MEMORY_SECONDS },
    KEY_MEMORY_ENTRIES,
  )
}

/** Whether this isolate recently revoked the key. */
export function isRevoked(memory: KeyMemory, id: string, nowMs: number): boolean {
  return nowMs < (memory.revoked.get(id)?.untilMs ?? 0)
}
