import { describe, expect, it } from 'vitest'
import { authenticate } from '../../src/auth/authenticate.ts'
import { changeKey, createKey, purge, revokeKey } from '../../src/keys/lifecycle.ts'
import { readKeys, readPage } from '../../src/keys/operator-store.ts'
import type { KeyChange, NewKey } from '../../src/policy/schema/key.ts'
import { type MemoryKv, memoryKv } from '../auth/memory-kv.ts'

const NOW_MS = Date.parse('2026-11-24T12:00:00Z')
const YEAR_MS = 365 * 86_400_000

/** The same store for another isolate, with a memory of its own. */
function isolate({ kv }: MemoryKv): KVNamespace {
  return { ...kv }
}

/** The same store from a place that still reads what was there when it was opened, as Workers KV lets one for a minute. */
function placeBehind({ kv, entries }: MemoryKv): KVNamespace {
  const before = memoryKv()
  for (const [name, entry] of entries) before.entries.set(name, entry)
  return { ...before.kv, put: kv.put, delete: kv.delete } as KVNamespace
}

function enter(kv: KVNamespace, key: string, nowMs: number) {
  return authenticate(new Headers({ authorization: `Bearer ${key}` }), { KEYS: kv }, nowMs)
}

describe('a key that was revoked', () => {
  it.each<[string, (kv: KVNamespace, id: string, sharing: string) => Promise<unknown>]>([
    ['changed', (kv, id) => changeKey(kv, id, { name: 'm' } as KeyChange, NOW_MS)],
    ['purged', (kv, id) => purge(kv, id, NOW_MS)],
    ['purged with its scope', (kv, _, sharing) => purge(kv, sharing, NOW_MS)],
  ])('stays so where it is %s from a place that has not heard of it', async (_, touch) => {
    const store = memoryKv()
    const here = isolate(store)
    const fields = { name: 'n', cache: { scope: 'team' } } as NewKey
    const { id, key } = await createKey(here, fields, NOW_MS)
    const sharing = await createKey(here, fields, NOW_MS)
    const there = placeBehind(store)
    await revokeKey(here, id, NOW_MS)
    await touch(there, id, sharing.id)

    for (const nowMs of [NOW_MS, NOW_MS + YEAR_MS]) {
      const elsewhere = isolate(store)
      await expect(enter(elsewhere, key, nowMs)).rejects.toMatchObject({ status: 401 })
      await expect(enter(elsewhere, sharing.key, nowMs)).resolves.toBeDefined()
      expect(await readKeys(elsewhere, [id])).toEqual([])
      await expect(changeKey(elsewhere, id, { name: 'x' } as KeyChange, nowMs)).rejects.toThrow(
        'no client key',
      )
      await expect(purge(elsewhere, id, nowMs)).rejects.toThrow('no client key')
      expect(await purge(elsewhere, sharing.id, nowMs)).toEqual([sharing.id])
    }
    await revokeKey(here, id, NOW_MS)
    expect((await readPage(here, undefined)).records.map((record) => record.id)).toEqual([sharing.id])
  })
})
