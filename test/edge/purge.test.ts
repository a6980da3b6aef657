import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { type OperatorGateway, operatorGateway } from './gateway.ts'

let gateway: OperatorGateway

beforeEach(() => {
  vi.useFakeTimers({ now: Date.parse('2026-11-24T12:00:00Z'), toFake: ['Date'] })
  gateway = operatorGateway()
})

afterEach(() => {
  vi.useRealTimers()
})

describe('DELETE /edge/cache', () => {
  const generationOf = async (key: string) => (await gateway.enter(key)).policy.cache_generation

  it('Purging one key leaves the others alone.', async () => {
    const [first, second] = [await gateway.create(), await gateway.create()]
    const before = [await generationOf(first.key), await generationOf(second.key)]
    const { status, body } = await gateway.call('DELETE', `/edge/cache?key=${first.id}`)
    expect(status).toBe(200)
    expect(body).toEqual({ purged: [first.id] })
    expect(await generationOf(first.key)).toBeGreaterThan(before[0] ?? 0)
    expect(await generationOf(second.key)).toBe(before[1])
  })

  it('Two purges in one millisecond still change the generation twice.', async () => {
    const { id, key } = await gateway.create()
    await gateway.call('DELETE', `/edge/cache?key=${id}`)
    const first = await generationOf(key)
    await gateway.call('DELETE', `/edge/cache?key=${id}`)
    expect(await generationOf(key)).toBeGreaterThan(first)
  })

  it('Purging a scope moves all its keys to one generation, which later members join.', async () => {
    const cache = { scope: 'team' }
    const members = [
      await gateway.create({ cache }),
      await gateway.create({ cache }),
      await gateway.create({ cache }),
    ]
    const outsider = await gateway.create({ cache: { scope: 'other' } })
    const before = await generationOf(outsider.key)
    const { body } = await gateway.call('DELETE', `/edge/cache?key=${members[1]?.id}`)
    expect((body.purged as string[]).toSorted()).toEqual(members.map(({ id }) => id).toSorted())
    vi.advanceTimersByTime(1000)
    members.push(await gateway.create({ cache }))
    await gateway.call('PATCH', `/edge/keys/${outsider.id}`, { cache })
    const generations = await Promise.all([...members, outsider].map(({ key }) => generationOf(key)))
    expect(new Set(generations).size).toBe(1)
    expect(generations[0]).toBeGreaterThan(before)
  })

  it('Purged responses stay out of reach of a key that leaves its scope.', async () => {
    const { id, key } = await gateway.create()
    await gateway.create({ cache: { scope: 'team' } })
    vi.advanceTimersByTime(1000)
    await gateway.call('DELETE', `/edge/cache?key=${id}`)
    const purged = await generationOf(key)
    await gateway.call('PATCH', `/edge/keys/${id}`, { cache: { scope: 'team' } })
    vi.advanceTimersByTime(1000)
    await gateway.call('PATCH', `/edge/keys/${id}`, { cache: null })
    expect(await generationOf(key)).toBeGreaterThanOrEqual(purged)
  })

  it('A purge needs the id of a key.', async () => {
    const { status, body } = await gateway.call('DELETE', '/edge/cache')
    expect(status).toBe(400)
    expect(body.message).toContain('key: expected the id of the key')
  })
})
