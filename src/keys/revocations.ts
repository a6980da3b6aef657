import { setBounded } from '../lib/bounded-map.ts'
import { KV_EDGE_CACHE_SECONDS } from '../lib/workers-kv.ts'
import type { Remembered } from './key-memory.ts'
import { KEY_MEMORY_ENTRIES, KEY_MEMORY_SECONDS } from './key-memory.ts'
import { disabledEntry, isRefused, keysOrUnavailable, refuseKey, revokedEntry } from './store.ts'

/** Whether the session tokens of a key are accepted, and if not, why. */
export type KeyState = 'active' | 'disabled' | 'revoked'

/** Ids of keys that were read as active. Keyed by the namespace, which is the same object in every request. */
const memories = new WeakMap<KVNamespace, Map<string, Remembered<null>>>()

/**
 * Whether a key was revoked or disabled while a token made from it may still be valid. An isolate reads the entries
 * of a key at most every KEY_MEMORY_SECONDS, for all its tokens together; with the time that a location caches them,
 * a change takes effect everywhere within 60 s.
 *
 * @throws GatewayError `unavailable` if KV fails: a caller that may have been revoked is refused.
 */
export async function stateOfKey(kv: KVNamespace, id: string, nowMs: number): Promise<KeyState> {
  if (isRefused(kv, id, nowMs)) return 'revoked'
  const memory = memories.get(kv) ?? new Map<string, Remembered<null>>()
  if (nowMs < (memory.get(id)?.untilMs ?? 0)) return 'active'
  const [revoked, disabled] = [revokedEntry(id), disabledEntry(id)]
  const entries = await keysOrUnavailable(() =>
    kv.get([revoked, disabled], { type: 'text', cacheTtl: KV_EDGE_CACHE_SECONDS }),
  )
  if (entries.get(revoked)) {
    refuseKey(kv, id, nowMs)
    return 'revoked'
  }
  if (entries.get(disabled)) return 'disabled'
  memories.set(kv, memory)
  setBounded(memory, id, { value: null, untilMs: nowMs + 1000 * KEY_MEMORY_SECONDS }, KEY_MEMORY_ENTRIES)
  return 'active'
}

/** Makes this isolate read the state of a key again. */
export function forgetKeyState(kv: KVNamespace, id: string): void {
  memories.get(kv)?.delete(id)
}
