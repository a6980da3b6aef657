import { KEY_EDGE_CACHE_SECONDS, KEY_MEMORY_SECONDS, REVOKED_LIST_SECONDS } from '../constants.ts'
import { isRefused, orUnavailable } from './keys.ts'

/** The KV entry with the keys revoked of late, as a JSON object from key id to milliseconds since 1970. */
export const REVOKED_ENTRY = 'revoked'

/** What the KV entries of single revocations begin with, each gone by itself when its time is over. */
const REVOKED_PREFIX = 'revoked:'

/** Workers KV lists at most this many entries in one operation. */
const REVOCATIONS_A_PAGE = 1000

type Revoked = Readonly<Record<string, number>>

/** Belongs to the namespace it was read from; the runtime hands an isolate the same object each time. */
const memories = new WeakMap<KVNamespace, { revoked: Revoked; untilMs: number }>()

/**
 * Whether a key was revoked while a token made from it may still live. An isolate reads the list at most every
 * KEY_MEMORY_SECONDS, for all tokens together; with what a location may keep, a revocation counts everywhere within 60 s.
 *
 * @throws GatewayError `unavailable` when KV fails: who may have been revoked is not let in.
 */
export async function isKeyRevoked(kv: KVNamespace, id: string, nowMs: number): Promise<boolean> {
  if (isRefused(kv, id, nowMs)) return true
  return Object.hasOwn(await recallOrRead(kv, nowMs), id)
}

/**
 * Puts a key on the list. Each revocation has an entry of its own, and the list is made from all of them: of two
 * revocations at the same moment, neither can overwrite the other.
 *
 * @throws GatewayError `unavailable` when KV fails.
 */
export async function recordRevoked(kv: KVNamespace, id: string, nowMs: number): Promise<void> {
  await orUnavailable(async () => {
    const lifetime = { expirationTtl: REVOKED_LIST_SECONDS }
    await kv.put(REVOKED_PREFIX + id, '', { ...lifetime, metadata: nowMs })
    const revoked: Record<string, number> = { [id]: nowMs }
    let cursor: string | null = null
    do {
      const page: KVNamespaceListResult<number> = await kv.list({
        prefix: REVOKED_PREFIX,
        limit: REVOCATIONS_A_PAGE,
        cursor,
      })
      for (const { name, metadata } of page.keys) {
        revoked[name.slice(REVOKED_PREFIX.length)] = metadata ?? nowMs
      }
      cursor = page.list_complete ? null : page.cursor
    } while (cursor !== null)
    await kv.put(REVOKED_ENTRY, JSON.stringify(revoked), lifetime)
  })
}

async function recallOrRead(kv: KVNamespace, nowMs: number): Promise<Revoked> {
  const remembered = memories.get(kv)
  if (remembered && nowMs < remembered.untilMs) return remembered.revoked
  const read = await orUnavailable(() =>
    kv.get<Revoked>(REVOKED_ENTRY, { type: 'json', cacheTtl: KEY_EDGE_CACHE_SECONDS }),
  )
  const revoked = read ?? {}
  memories.set(kv, { revoked, untilMs: nowMs + 1000 * KEY_MEMORY_SECONDS })
  return revoked
}
