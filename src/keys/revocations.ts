import { setBounded } from '../lib/bounded-map.ts'
import { KEY_EDGE_CACHE_SECONDS } from '../lib/workers-kv.ts'
import type { Remembered } from './key-memory.ts'
import { KEY_MEMORY_ENTRIES, KEY_MEMORY_SECONDS } from './key-memory.ts'
import { isRefused, orUnavailable, refuseKey, revokedEntry } from './store.ts'

/** Keys, by id, that were read as not revoked. Belongs to the namespace, which is the same object each time. */
const memories = new WeakMap<KVNamespace, Map<string, Remembered<null>>>()

/**
 * Whether a key was revoked while a token made from it may still live. An isolate reads the entry of a key at most every
 * KEY_MEMORY_SECONDS, for all its tokens together; with what a location may keep, a revocation counts everywhere within
 * 60 s.
 *
 * @throws GatewayError `unavailable` when KV fails: who may have been revoked is not let in.
 */
export async function isKeyRevoked(kv: KVNamespace, id: string, nowMs: number): Promise<boolean> {
  if (isRefused(kv, id, nowMs)) return true
  const memory = memories.get(kv) ?? new Map<string, Remembered<null>>()
  if (nowMs < (memory.get(id)?.untilMs ?? 0)) return false
  const entry = await orUnavailable(() => kv.get(revokedEntry(id), { cacheTtl: KEY_EDGE_CACHE_SECONDS }))
  if (entry !== null) {
    refuseKey(kv, id, nowMs)
    return true
  }
  memories.set(kv, memory)
  setBounded(memory, id, { value: null, untilMs: nowMs + 1000 * KEY_MEMORY_SECONDS }, KEY_MEMORY_ENTRIES)
  return false
}
