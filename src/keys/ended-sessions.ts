import { setBounded } from '../lib/bounded-map.ts'
import { KEY_EDGE_CACHE_SECONDS } from '../lib/workers-kv.ts'
import { KEY_MEMORY_SECONDS, type Remembered } from './key-memory.ts'
import { keysOrUnavailable } from './store.ts'

/** Workers KV keeps an entry for at least this long. */
const MIN_KV_TTL_SECONDS = 60

/** Sessions that an isolate remembers; one operator has a few. */
const SESSION_MEMORY_ENTRIES = 100

/** Whether sessions had ended when they were last looked up. Belongs to the namespace, which is the same object each time. */
const memories = new WeakMap<KVNamespace, Map<string, Remembered<boolean>>>()

/**
 * Whether an operator's session was ended before its time. A session that ended elsewhere is known here within 60 s.
 *
 * @throws GatewayError `unavailable` when KV fails: a session that may have ended opens nothing.
 */
export async function isSessionEnded(kv: KVNamespace, id: string, nowMs: number): Promise<boolean> {
  const known = memories.get(kv)?.get(id)
  if (known && nowMs < known.untilMs) return known.value
  const entry = await keysOrUnavailable(() => kv.get(entryOf(id), { cacheTtl: KEY_EDGE_CACHE_SECONDS }))
  remember(kv, id, { value: entry !== null, untilMs: nowMs + 1000 * KEY_MEMORY_SECONDS })
  return entry !== null
}

/**
 * Ends a session: at once in this isolate, within 60 s elsewhere.
 *
 * @param exp when it would have ended by itself, in seconds since 1970.
 * @throws GatewayError `unavailable` when KV fails.
 */
export async function endSession(kv: KVNamespace, id: string, exp: number, nowMs: number): Promise<void> {
  const expirationTtl = Math.max(MIN_KV_TTL_SECONDS, Math.ceil(exp - nowMs / 1000))
  await keysOrUnavailable(() => kv.put(entryOf(id), String(nowMs), { expirationTtl }))
  remember(kv, id, { value: true, untilMs: nowMs + 1000 * expirationTtl })
}

function remember(kv: KVNamespace, id: string, remembered: Remembered<boolean>): void {
  const memory = memories.get(kv) ?? new Map<string, Remembered<boolean>>()
  memories.set(kv, memory)
  setBounded(memory, id, remembered, SESSION_MEMORY_ENTRIES)
}

function entryOf(id: string): string {
  return `session:${id}`
}
