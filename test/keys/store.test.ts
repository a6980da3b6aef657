import { describe, expect, it } from 'vitest'
import { hashClientKey, makeClientKey } from '../../src/keys/client-key.ts'
import {
  KEY_MEMORY_ENTRIES,
  KEY_MEMORY_SECONDS,
  REVOKED_KEY_MEMORY_SECONDS,
} from '../../src/keys/key-memory.ts'
import { findKey, forgetKey, refuseKey } from '../../src/keys/store.ts'
import type { KeyRecord } from '../../src/policy/key-record.ts'
import { type MemoryKv, memoryKv } from '../auth/memory-kv.ts'

const NOW_MS = Date.parse('2026-11-24T12:00:00Z')
const MEMORY_MS = 1000 * KEY_MEMORY_SECONDS

function issue({ entries }: MemoryKv, id = 'key_0000000000000001'): { key: string; record: KeyRecord } {
  const key = makeClientKey()
  const record = { id, name: 'n', created_at: '2026-11-24T00:00:00.000Z', cache_generation: 0 }
  entries.set(`key:${hashClientKey(key)}`, { value: JSON.stringify(record), metadata: undefined })
  return { key, record }
}

describe('findKey', () => {
  it('A key is read once and remembered for its time.', async () => {
    const memory = memoryKv()
    const { key, record } = issue(memory)
    expect(await findKey(memory.kv, key, NOW_MS)).toEqual(record)
    expect(await findKey(memory.kv, key, NOW_MS + MEMORY_MS - 1)).toEqual(record)
    expect(memory.counts.get).toBe(1)
    await findKey(memory.kv, key, NOW_MS + MEMORY_MS)
    expect(memory.counts.get).toBe(2)
  })

  it('A key that was deleted elsewhere is noticed when its time is over.', async () => {
    const memory = memoryKv()
    const { key } = issue(memory)
    await findKey(memory.kv, key, NOW_MS)
    memory.entries.clear()
    expect(await findKey(memory.kv, key, NOW_MS + MEMORY_MS)).toBeUndefined()
  })

  it('An unknown key is remembered too, and found once it is issued.', async () => {
    const memory = memoryKv()
    const key = makeClientKey()
    expect(await findKey(memory.kv, key, NOW_MS)).toBeUndefined()
    expect(await findKey(memory.kv, key, NOW_MS + 1)).toBeUndefined()
    expect(memory.counts.get).toBe(1)
    memory.entries.set(`key:${hashClientKey(key)}`, {
      value: '{"id":"key_1","name":"n","created_at":""}',
      metadata: undefined,
    })
    expect(await findKey(memory.kv, key, NOW_MS + MEMORY_MS)).toMatchObject({ id: 'key_1' })
    expect(await findKey(memory.kv, key, NOW_MS + MEMORY_MS + 1)).toMatchObject({ id: 'key_1' })
    expect(memory.counts.get).toBe(2)
  })

  it('A good key stays in memory, however many invented ones are tried.', async () => {
    const memory = memoryKv()
    const { key, record } = issue(memory)
    await findKey(memory.kv, key, NOW_MS)
    for (let count = 0; count < KEY_MEMORY_ENTRIES + 10; count++)
      await findKey(memory.kv, makeClientKey(), NOW_MS)
    const readsBefore = memory.counts.get
    expect(await findKey(memory.kv, key, NOW_MS + 1)).toEqual(record)
    expect(memory.counts.get).toBe(readsBefore)
  })

  it('The oldest key is forgotten when too many are remembered.', async () => {
    const memory = memoryKv()
    const keys = Array.from(
      { length: KEY_MEMORY_ENTRIES + 1 },
      (_, number) => issue(memory, `key_${number}`).key,
    )
    for (const key of keys) await findKey(memory.kv, key, NOW_MS)
    const readsBefore = memory.counts.get
    await findKey(memory.kv, keys.at(-1) ?? '', NOW_MS)
    await findKey(memory.kv, keys[1] ?? '', NOW_MS)
    expect(memory.counts.get).toBe(readsBefore)
    await findKey(memory.kv, keys[0] ?? '', NOW_MS)
    expect(memory.counts.get).toBe(readsBefore + 1)
  })

  it('If KV fails, the response is 503 with Retry-After and without the cause, and no refusal is remembered.', async () => {
    const memory = memoryKv()
    const { key, record } = issue(memory)
    memory.failing.add('get')
    await expect(findKey(memory.kv, key, NOW_MS)).rejects.toMatchObject({
      reason: 'unavailable',
      status: 503,
      headers: { 'retry-after': '5' },
      message: expect.not.stringContaining('Internal Server Error'),
    })
    memory.failing.clear()
    expect(await findKey(memory.kv, key, NOW_MS)).toEqual(record)
  })

  it('While KV fails, remembered keys work until their time is over.', async () => {
    const memory = memoryKv()
    const { key, record } = issue(memory)
    await findKey(memory.kv, key, NOW_MS)
    memory.failing.add('get')
    expect(await findKey(memory.kv, key, NOW_MS + MEMORY_MS - 1)).toEqual(record)
    await expect(findKey(memory.kv, key, NOW_MS + MEMORY_MS)).rejects.toMatchObject({ reason: 'unavailable' })
  })

  it('A record that is not JSON leads to a 503.', async () => {
    const memory = memoryKv()
    const { key } = issue(memory)
    memory.entries.set(`key:${hashClientKey(key)}`, { value: '{"id":', metadata: undefined })
    await expect(findKey(memory.kv, key, NOW_MS)).rejects.toMatchObject({ reason: 'unavailable' })
  })

  it.each([
    '{}',
    '[]',
    '"x"',
    '0',
    'true',
    '{"id":"key_0000000000000001"}',
    '{"id":"","name":"n","created_at":"2026-11-24T00:00:00.000Z"}',
    '{"id":"key_0000000000000001","name":"n","created_at":"2026-11-24T00:00:00.000Z","models":"qwen-*"}',
    '{"id":"key_0000000000000001","name":"n","created_at":"2026-11-24T00:00:00.000Z","limits":[1]}',
  ])('The record %s opens nothing.', async (record) => {
    const memory = memoryKv()
    const { key } = issue(memory)
    memory.entries.set(`key:${hashClientKey(key)}`, { value: record, metadata: undefined })
    await expect(findKey(memory.kv, key, NOW_MS)).rejects.toMatchObject({ reason: 'unavailable' })
  })

  it('The memories of two namespaces are separate.', async () => {
    const [first, second] = [memoryKv(), memoryKv()]
    const { key } = issue(first)
    expect(await findKey(first.kv, key, NOW_MS)).toBeDefined()
    expect(await findKey(second.kv, key, NOW_MS)).toBeUndefined()
  })
})

describe('forgetKey and refuseKey', () => {
  it('A changed key is read again.', async () => {
    const memory = memoryKv()
    const { key, record } = issue(memory)
    await findKey(memory.kv, key, NOW_MS)
    const changed = JSON.stringify({ ...record, name: 'other' })
    memory.entries.set(`key:${hashClientKey(key)}`, { value: changed, metadata: undefined })
    forgetKey(memory.kv, record.id)
    expect(await findKey(memory.kv, key, NOW_MS)).toMatchObject({ name: 'other' })
  })

  it('A revoked key is refused at once, even while KV still shows it.', async () => {
    const memory = memoryKv()
    const { key, record } = issue(memory)
    const other = issue(memory, 'key_0000000000000002')
    await findKey(memory.kv, key, NOW_MS)
    refuseKey(memory.kv, record.id, NOW_MS)
    const lastMs = NOW_MS + 1000 * REVOKED_KEY_MEMORY_SECONDS - 1
    for (const nowMs of [NOW_MS, NOW_MS + MEMORY_MS, lastMs]) {
      expect(await findKey(memory.kv, key, nowMs)).toBeUndefined()
    }
    expect(await findKey(memory.kv, other.key, NOW_MS)).toEqual(other.record)
  })

  it('A revoked key whose record is being read at that moment is refused.', async () => {
    const memory = memoryKv()
    const { key, record } = issue(memory)
    const reading = findKey(memory.kv, key, NOW_MS)
    refuseKey(memory.kv, record.id, NOW_MS)
    expect(await reading).toBeUndefined()
    expect(await findKey(memory.kv, key, NOW_MS)).toBeUndefined()
  })
})
