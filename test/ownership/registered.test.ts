import { expect, it } from 'vitest'
import type { Env } from '../../src/config.ts'
import type { Registered } from '../../src/meter/object/registered-table.ts'
import { register, requireRegistered, unregister } from '../../src/ownership/registered.ts'

/** A registry in memory. */
function registry(): Env {
  let rows: (Registered & { kind: string })[] = []
  const stub = {
    register: async (kind: string, made: Registered) => void rows.push({ kind, ...made }),
    registered: async (kind: string, ids: string[]) =>
      rows.filter((row) => row.kind === kind && ids.includes(row.id)),
    unregister: async (kind: string, id: string, owner: string) => {
      rows = rows.filter((row) => row.kind !== kind || row.id !== id || row.owner !== owner)
    },
  }
  return { REGISTRY: { getByName: () => stub } } as unknown as Env
}

it('A voice that a key made belongs to the key, and one that no key made passes.', async () => {
  const env = registry()
  await register(env, 'key_a', 'voice', { id: 'Voice-1', home: 'beijing' }, 0)
  await expect(requireRegistered(env, ['key_a'], 'voice', ['Voice-1', 'Cherry'])).resolves.toEqual([
    'beijing',
  ])
  await expect(requireRegistered(env, ['key_b'], 'voice', ['Cherry'])).resolves.toEqual([])
  await expect(requireRegistered(env, ['key_a/ann', 'key_a'], 'voice', ['Voice-1'])).resolves.toEqual([
    'beijing',
  ])
})

it.each(['Voice-1', 'voice-1', ' Voice-1 ', '\uff36oice-1'])(
  'For another key the voice does not exist: %j',
  async (id) => {
    const env = registry()
    await register(env, 'key_a', 'voice', { id: 'Voice-1', home: 'beijing' }, 0)
    await expect(requireRegistered(env, ['key_b'], 'voice', ['Cherry', id])).rejects.toMatchObject({
      reason: 'notFound',
      message: `There is no voice "${id}" among those that this key may use.`,
    })
  },
)

it('A voice that its owner deleted is unknown.', async () => {
  const env = registry()
  await register(env, 'key_a', 'voice', { id: 'v', home: 'beijing' }, 0)
  await unregister(env, 'key_b', 'voice', 'V')
  await expect(requireRegistered(env, ['key_b'], 'voice', ['v'])).rejects.toMatchObject({
    reason: 'notFound',
  })
  await unregister(env, 'key_a', 'voice', 'V')
  await expect(requireRegistered(env, ['key_b'], 'voice', ['v'])).resolves.toEqual([])
})

it('While the registry fails, nothing passes.', async () => {
  const env = { REGISTRY: { getByName: () => ({}) } } as unknown as Env
  await expect(requireRegistered(env, ['key_a'], 'voice', ['Cherry'])).rejects.toMatchObject({
    reason: 'unavailable',
  })
})
