import { askRegistry, type KeyStores } from './registry.ts'

/** How long an isolate answers preflights from remembered origins. */
const ORIGINS_MEMORY_MS = 20_000

/** Minimum interval between reads caused by an unknown origin, which may belong to a new key. */
const MISSED_ORIGIN_INTERVAL_MS = 1000

interface RememberedOrigins {
  origins: readonly string[]
  readMs: number
}

/** Keyed by the namespace, which is the same object in every request of an isolate. */
const memories = new WeakMap<KVNamespace, RememberedOrigins>()

/**
 * The origin patterns of all keys together, for preflights: a preflight carries no key. A listed origin only means
 * that some key may be used from it; the actual request is checked against its own key.
 *
 * @param isKnown whether the requested origin is among them.
 * @throws GatewayError `unavailable` if the registry fails and nothing is remembered.
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

/** Makes this isolate read the origins again after a key was written. */
export function forgetOrigins(kv: KVNamespace): void {
  memories.delete(kv)
}
