import { beforeEach, describe, expect, it } from 'vitest'
import { authenticate } from '../../src/auth/authenticate.ts'
import { hashClientKey, makeClientKey } from '../../src/keys/client-key.ts'
import { changeKey, createKey, purge, readKeyPage, readRecord, revokeKey } from '../../src/keys/lifecycle.ts'
import { allOrigins } from '../../src/keys/origins.ts'
import type { KeyStores } from '../../src/keys/registry.ts'
import type { KeyRecord } from '../../src/policy/key-record.ts'
import type { NewKey } from '../../src/policy/schema/key.ts'
import { type MemoryKv, memoryKv } from '../auth/memory-kv.ts'
import { type MemoryRegistry, memoryRegistry } from './memory-registry.ts'
import { TEN_CHANGES } from './ten-changes.ts'

const NOW_MS = Date.parse('2026-11-24T12:00:00Z')

let memory: MemoryKv
let registry: MemoryRegistry
let stores: KeyStores
beforeEach(() => {
  memory = memoryKv()
  registry = memoryRegistry(memory.kv)
  stores = { KEYS: memory.kv, REGISTRY: registry.REGISTRY }
})

function create(fields: Partial<NewKey> = {}, nowMs = NOW_MS) {
  return createKey(stores, { name: 'n', ...fields }, nowMs)
}

function enter(key: string, nowMs = NOW_MS) {
  // Another isolate, with a memory of its own.
  const env = { KEYS: { ...memory.kv } as KVNamespace }
  return authenticate(new Headers({ authorization: `Bearer ${key}` }), env, nowMs)
}

describe('keys that are written at the same moment', () => {
  it('All keys have their origins in the preflights at once.', async () => {
    const names = Array.from({ length: 12 }, (_, number) => `https://${number}.example`)
    await Promise.all(names.map((origin) => create({ origins: [origin] })))
    expect(await allOrigins(stores, NOW_MS, () => true)).toEqual(names.toSorted())
  })

  it('All keys share the cache generation of their scope.', async () => {
    const fields = { cache: { scope: 'team' } }
    const keys = await Promise.all([1, 2, 3].map((later) => create(fields, NOW_MS + later)))
    expect(new Set(keys.map((record) => record.cache_generation)).size).toBe(1)
  })

  it('Two changes to one key at the same moment are both kept.', async () => {
    const { id } = await create()
    await Promise.all([
      changeKey(stores, id, { models: ['qwen-*'] }, NOW_MS),
      changeKey(stores, id, { name: 'renamed' }, NOW_MS),
    ])
    expect(await readRecord(stores, id)).toMatchObject({ name: 'renamed', models: ['qwen-*'] })
  })

  it('Ten changes to one key at the same moment are all kept, and KV has the last of them within two writes.', async () => {
    const { id, key } = await create({}, NOW_MS - 10_000)
    await Promise.all(TEN_CHANGES.map((change) => changeKey(stores, id, change, NOW_MS)))
    const whole = Object.assign({}, ...TEN_CHANGES)
    expect(await readRecord(stores, id)).toMatchObject(whole)
    expect(JSON.parse(memory.entries.get(`key:${hashClientKey(key)}`)?.value ?? '')).toMatchObject(whole)
    expect(registry.slept.reduce((sum, ms) => sum + ms, 0)).toBeLessThanOrEqual(1100)
    expect(registry.wakeUps).toEqual([])
  })

  it('A key that is enabled and disabled again at the same moment stays disabled for its session tokens.', async () => {
    const { id } = await create({ disabled: true }, NOW_MS - 10_000)
    await Promise.all([
      changeKey(stores, id, { name: 'first' }, NOW_MS),
      changeKey(stores, id, { disabled: null }, NOW_MS),
      changeKey(stores, id, { disabled: true }, NOW_MS),
    ])
    expect(memory.entries.has(`disabled:${id}`)).toBe(true)
  })

  it('A change that contradicts the record as it is now is refused, and the others are kept.', async () => {
    const { id } = await create()
    const results = await Promise.allSettled([
      changeKey(stores, id, { models: ['qwen-plus'] }, NOW_MS),
      changeKey(stores, id, { aliases: { gpt: 'qwen-max' } }, NOW_MS),
      changeKey(stores, id, { name: 'renamed' }, NOW_MS),
    ])
    expect(results).toMatchObject([
      { status: 'fulfilled' },
      { status: 'rejected', reason: { status: 400, param: expect.stringMatching(/^aliases/) } },
      { status: 'fulfilled' },
    ])
    expect(await readRecord(stores, id)).toMatchObject({ name: 'renamed', models: ['qwen-plus'] })
  })
})

describe('KV, which accepts one write a second for each entry', () => {
  it('An entry is written at that pace and gets the newest record.', async () => {
    const { id, key } = await create()
    await changeKey(stores, id, { name: 'a' }, NOW_MS + 100)
    await changeKey(stores, id, { name: 'b' }, NOW_MS + 200)
    expect(registry.slept.reduce((sum, ms) => sum + ms, 0)).toBeGreaterThanOrEqual(2000 - 200)
    const entry = memory.entries.get(`key:${hashClientKey(key)}`)
    expect(JSON.parse(entry?.value ?? '')).toMatchObject({ name: 'b' })
  })

  it('A revocation right after the creation is in KV before it is acknowledged.', async () => {
    const { id, key } = await create()
    let revokedAtSleep: boolean | undefined
    registry.slept.push = (ms) => {
      revokedAtSleep = memory.entries.has(`revoked:${hashClientKey(key)}`)
      return ms
    }
    await revokeKey(stores, id, NOW_MS + 1)
    expect(revokedAtSleep).toBe(true)
    await expect(enter(key)).rejects.toMatchObject({ status: 401 })
  })

  it('An entry is written again until KV accepts a change.', async () => {
    const { id, key } = await create()
    memory.failing.add('put')
    await expect(changeKey(stores, id, { models: ['a'] }, NOW_MS)).rejects.toMatchObject({ status: 503 })
    expect(registry.wakeUps).not.toEqual([])
    memory.failing.clear()
    await registry.directory.catchUp(NOW_MS + 5000)
    expect((await enter(key)).policy).toMatchObject({ models: ['a'] })
  })
})

describe('a key that was revoked', () => {
  it('A revoked key stays revoked, whatever happens to it or to keys that share its scope.', async () => {
    const fields = { cache: { scope: 'team' } }
    const { id, key } = await create(fields)
    const sharing = await create(fields, NOW_MS + 1)
    await revokeKey(stores, id, NOW_MS)
    await expect(changeKey(stores, id, { name: 'm' }, NOW_MS)).rejects.toMatchObject({ status: 404 })
    await expect(purge(stores, id, NOW_MS)).rejects.toMatchObject({ status: 404 })
    expect(await purge(stores, sharing.id, NOW_MS)).toEqual([sharing.id])
    await expect(enter(key)).rejects.toMatchObject({ status: 401 })
    await expect(enter(sharing.key)).resolves.toBeDefined()
    expect((await readKeyPage(stores)).records.map((record) => record.id)).toEqual([sharing.id])
    expect(await registry.directory.page('', 10, true)).toMatchObject([
      { record: { id: sharing.id } },
      { record: { id }, revokedMs: NOW_MS },
    ])
  })
})

/** A key as a deployment without a registry had it: the record by the hash, the hash by the id. */
function writeOld(number: number, fields: Partial<KeyRecord> = {}): { key: string; record: KeyRecord } {
  const key = makeClientKey()
  const id = `key_${number.toString(16).padStart(16, '0')}`
  const record = {
    id,
    name: `n${number}`,
    created_at: '2026-11-01T00:00:00Z',
    cache_generation: 7,
    ...fields,
  }
  const hash = hashClientKey(key)
  const metadata = JSON.stringify(record).length < 1000 ? record : undefined
  memory.entries.set(`id:${id}`, { value: hash, metadata })
  memory.entries.set(`key:${hash}`, { value: JSON.stringify(record), metadata: undefined })
  return { key, record }
}

describe('a deployment that had its keys in KV only', () => {
  it('The keys move to the registry by themselves, and nothing is lost.', async () => {
    const long = Array.from({ length: 90 }, (_, number) => `model-with-a-long-name-${number}`)
    const old = [
      writeOld(1, { origins: ['https://a.example'], cache: { scope: 'team' } }),
      writeOld(2, { models: long }),
      writeOld(3, { limits: { tokens_per_day: 5 } }),
    ]
    memory.entries.set('origins', { value: '["https://a.example"]', metadata: undefined })
    const sharing = await create({ cache: { scope: 'team' }, origins: ['https://b.example'] })
    expect(sharing.cache_generation).toBe(7)
    expect(await allOrigins(stores, NOW_MS, () => true)).toEqual(['https://a.example', 'https://b.example'])
    const { records } = await readKeyPage(stores)
    expect(records.slice(0, 3)).toEqual(old.map(({ record }) => record))
    await changeKey(stores, old[1]?.record.id ?? '', { name: 'renamed' }, NOW_MS)
    expect((await enter(old[1]?.key ?? '')).policy).toMatchObject({ models: long })
    await revokeKey(stores, old[2]?.record.id ?? '', NOW_MS)
    await expect(enter(old[2]?.key ?? '')).rejects.toMatchObject({ status: 401 })
  })

  it('The keys move in steps that fit into one request each, and are not used until all have moved.', async () => {
    for (let number = 0; number < 2500; number++) writeOld(number)
    for (let step = 0; step < 2; step++) {
      await expect(readKeyPage(stores)).rejects.toMatchObject({ status: 503 })
      expect(registry.wakeUps).toHaveLength(step + 1)
    }
    let [cursor, count]: [string | undefined, number] = ['', 0]
    while (cursor !== undefined) {
      const page: Awaited<ReturnType<typeof readKeyPage>> = await readKeyPage(stores, cursor)
      count += page.records.length
      cursor = page.cursor
    }
    expect(count).toBe(2500)
    expect(memory.counts.get + memory.counts.list).toBeLessThanOrEqual(3 * 50)
  })

  it('A key that the KV lists did not show yet is found.', async () => {
    await readKeyPage(stores)
    const { record } = writeOld(9)
    expect(await readRecord(stores, record.id)).toEqual(record)
  })

  it('A key that was revoked does not come back.', async () => {
    const { key, record } = writeOld(4)
    memory.entries.set(`revoked:${hashClientKey(key)}`, { value: '1', metadata: undefined })
    expect((await readKeyPage(stores)).records).toEqual([])
    await expect(readRecord(stores, record.id)).rejects.toMatchObject({ status: 404 })
  })
})
