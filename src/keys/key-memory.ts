import { setBounded } from '../lib/bounded-map.ts'
import type { KeyRecord } from '../policy/key-record.ts'

/** With the 30 s above: a revoked key is refused everywhere within 60 s. */
export const KEY_MEMORY_SECONDS = 20

/** Client keys an isolate remembers; about 1 kB each. */
export const KEY_MEMORY_ENTRIES = 2000

/** An isolate that revoked a key refuses it this long by itself: Workers KV shows a deletion everywhere within 60 s. */
export const REVOKED_KEY_MEMORY_SECONDS = 60

/** A value and the moment from which on it is to be read again. */
export interface Remembered<Value> {
  value: Value
  untilMs: number
}

/**
 * What an isolate remembers of client keys, so that a warm request costs neither a read nor a hash. Found and refused
 * keys live apart: invented keys evict other invented ones, never a valid key.
 */
export interface KeyMemory {
  /** By the credential as it was sent. */
  known: Map<string, Remembered<KeyRecord>>
  /** By the credential as it was sent. */
  unknown: Map<string, Remembered<null>>
  /** By key id: revoked in this isolate, whatever KV still shows. */
  revoked: Map<string, Remembered<null>>
}

/** A memory with nothing in it. */
export function emptyMemory(): KeyMemory {
  return { known: new Map(), unknown: new Map(), revoked: new Map() }
}

/** The record of a credential, `null` when it is remembered as refused, `undefined` when nothing is remembered. */
export function recall(memory: KeyMemory, credential: string, nowMs: number): KeyRecord | null | undefined {
  const found = memory.known.get(credential) ?? memory.unknown.get(credential)
  return found && nowMs < found.untilMs ? found.value : undefined
}

/** Keeps what KV said of a credential (`null`: no such key) and returns it: a key revoked here stays `null`. */
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

/** Makes the isolate read a key again: its record has changed. */
export function forget(memory: KeyMemory, id: string): void {
  for (const [credential, { value }] of memory.known) {
    if (value.id === id) memory.known.delete(credential)
  }
}

/** Refuses a key from now on, also while KV still hands out its record from the location's cache. */
export function rememberRevoked(memory: KeyMemory, id: string, nowMs: number): void {
  forget(memory, id)
  setBounded(
    memory.revoked,
    id,
    { value: null, untilMs: nowMs + 1000 * REVOKED_KEY_MEMORY_SECONDS },
    KEY_MEMORY_ENTRIES,
  )
}

/** Whether this isolate revoked the key a moment ago. */
export function isRevoked(memory: KeyMemory, id: string, nowMs: number): boolean {
  return nowMs < (memory.revoked.get(id)?.untilMs ?? 0)
}
