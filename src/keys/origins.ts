import { askRegistry, type KeyStores } from './registry.ts'

/** An isolate answers preflights by the origins it read at most this long ago. */
const ORIGINS_MEMORY_MS = 20_000

/** An origin that is not among them may be that of a new key, so they are read again, at most this often. */
const MISSED_ORIGIN_INTERVAL_MS = 1000

interface RememberedOrigins {
  origins: readonly string[]
  readMs: number
}

/** Belongs to the namespace of keys, which is the same object in every request of an isolate. */
const memories = new WeakMap<KVNamespace, RememberedOrigins>()

/**
 * The origin patterns of all keys together, for preflights: a preflight names no key. That an origin is among them says only
 * that some key may be used from it; the request that follows is checked against its own key.
 *
 * @param isKnown whether the origin that is asked for is among them.
 * @throws GatewayError `unavailable` when the registry fails and nothing is remembered.
 */
export async function allOrigins(
  stores: KeyStores,
  nowMs: number,
  isKnown: (origins: readonly string[]) => boolean,
): Promise<readonly string[]> {
  const remembered = memories.get(stores.KEYS)
  const ageMs = nowMs - (remembered?.readMs ?? Number.NEGATIVE_INFINITY)
  const isFresh = ageMs < ORIGINS_MEMORY_MS && ageMs >= 0
  if (remembered && isFresh && (isKnown(remembered.origins) || ageMs < MISSED_ORIGIN_INTERVAL_MS)) {
    return remembered.origins
  }
  try {
    const origins = await askRegistry(stores, (registry) => registry.origins())
    memories.set(stores.KEYS, { origins, readMs: nowMs })
    return origins
  } catch (thrown) {
    if (remembered) return remembered.origins
    throw thrown
  }
}

/** Has this isolate read the origins again: a key was written. */
export function forgetOrigins(kv: KVNamespace): void {
  memories.delete(kv)
}
