import { expect, it } from 'vitest'
import { createKey } from '../../src/keys/lifecycle.ts'
import { allOrigins } from '../../src/keys/origins.ts'
import { memoryKv } from '../auth/memory-kv.ts'
import { memoryRegistry } from './memory-registry.ts'

const NOW_MS = Date.parse('2026-11-24T12:00:00Z')

it('Another isolate finds the origin of a new key within a second, and reads others once in 20 seconds.', async () => {
  const memory = memoryKv()
  const { REGISTRY, directory, fail } = memoryRegistry(memory.kv)
  const stores = { KEYS: memory.kv, REGISTRY }
  const elsewhere = { KEYS: { ...memory.kv } as KVNamespace, REGISTRY }
  const has = (origin: string) => (origins: readonly string[]) => origins.includes(origin)
  const asked: number[] = []
  const read = directory.origins.bind(directory)
  directory.origins = () => {
    asked.push(1)
    return read()
  }
  expect(await allOrigins(elsewhere, NOW_MS, has('https://a.example'))).toEqual([])
  await createKey(stores, { name: 'n', origins: ['https://a.example'] }, NOW_MS)
  expect(await allOrigins(elsewhere, NOW_MS + 999, has('https://a.example'))).toEqual([])
  expect(await allOrigins(elsewhere, NOW_MS + 1000, has('https://a.example'))).toEqual(['https://a.example'])
  await allOrigins(elsewhere, NOW_MS + 20_999, has('https://a.example'))
  expect(asked).toHaveLength(2)
  fail(true)
  expect(await allOrigins(elsewhere, NOW_MS + 90_000, has('https://a.example'))).toEqual([
    'https://a.example',
  ])
})

it('P6: Origins that cannot be read and are not remembered lead to a 503.', async () => {
  const memory = memoryKv()
  const { REGISTRY, fail } = memoryRegistry(memory.kv)
  fail(true)
  const asked = allOrigins({ KEYS: memory.kv, REGISTRY }, NOW_MS, () => false)
  await expect(asked).rejects.toMatchObject({ reason: 'unavailable' })
})
