import type { Env } from '../config.ts'
import { setBounded } from '../lib/bounded-map.ts'
import type { Remembered } from './key-memory.ts'
import { askRegistry } from './registry.ts'

/** How long an isolate remembers that a session has not ended. */
const MEMORY_SECONDS = 50

/** Sessions that an isolate remembers; one operator has a few. */
const SESSION_MEMORY_ENTRIES = 100

type Stores = Pick<Env, 'REGISTRY'>

/**
 * Whether sessions had ended at their last lookup. Keyed by the namespace, which is the same object in every request.
 */
const memories = new WeakMap<Stores['REGISTRY'], Map<string, Remembered<boolean>>>()

/**
 * Whether an operator's session was ended early. An end in another isolate takes effect here within 60 s.
 *
 * @throws GatewayError `unavailable` if the registry fails: a session that may have ended is refused.
 */
export async function isSessionEnded(stores: Stores, id: string, nowMs: number): Promise<boolean> {
  const known = memories.get(stores.REGISTRY)?.get(id)
  if (known && nowMs < known.untilMs) return known.value
  const isEnded = await askRegistry(stores, (registry) => registry.isSessionEnded(id))
  remember(stores, id, { value: isEnded, untilMs: nowMs + 1000 * MEMORY_SECONDS })
  return isEnded
}

/**
 * Ends a session: at once in this isolate, within 60 s elsewhere.
 *
 * @param exp when it would have expired, in seconds since 1970.
 * @throws GatewayError `unavailable` if the registry fails.
 */
export async function endSession(stores: Stores, id: string, exp: number, nowMs: number): Promise<void> {
  await askRegistry(stores, (registry) => registry.endSession(id, exp, nowMs))
  remember(stores, id, { value: true, untilMs: 1000 * exp })
}

function remember({ REGISTRY }: Stores, id: string, remembered: Remembered<boolean>): void {
  const memory = memories.get(REGISTRY) ?? new Map<string, Remembered<boolean>>()
  memories.set(REGISTRY, memory)
  setBounded(memory, id, remembered, SESSION_MEMORY_ENTRIES)
}
