import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { hashClientKey } from '../../src/keys/client-key.ts'
import { allOrigins } from '../../src/keys/origins.ts'
import { type OperatorGateway, operatorGateway } from './gateway.ts'

let gateway: OperatorGateway

beforeEach(() => {
  vi.useFakeTimers({ now: Date.parse('2026-11-24T12:00:00Z'), toFake: ['Date'] })
  gateway = operatorGateway()
})

afterEach(() => {
  vi.useRealTimers()
})

describe('PATCH /edge/keys/{id}', () => {
  it('A change sets, removes and keeps fields, and applies to the key in use at once.', async () => {
    const { id, key } = await gateway.create({ models: ['qwen-*'], endpoints: ['responses'] })
    await gateway.enter(key)
    const { status, body } = await gateway.call('PATCH', `/edge/keys/${id}`, { name: 'm', models: null })
    expect(status).toBe(200)
    expect(body).toMatchObject({ id, name: 'm', endpoints: ['responses'] })
    expect(body).not.toHaveProperty('models')
    expect((await gateway.enter(key)).policy).toEqual(body)
    expect((await gateway.call('GET', '/edge/keys')).body.keys).toEqual([body])
  })

  it.each<[unknown, string]>([
    [{ name: null }, 'name: expected a string, got null.'],
    ['{"__proto__":null}', 'and not "__proto__"'],
    [{ cache_generation: 0 }, 'and not "cache_generation"'],
    [{ expires_at: '2020-01-01T00:00:00Z' }, 'expires_at: expected a time in the future'],
    [{ regions: ['tokyo'] }, 'regions[0]: this gateway does not serve "tokyo"; it serves beijing.'],
  ])('The change %j is refused.', async (change, message) => {
    const { id } = await gateway.create()
    const { status, body } = await gateway.call('PATCH', `/edge/keys/${id}`, change)
    expect(status).toBe(400)
    expect(body.message).toContain(message)
  })
})

describe('DELETE /edge/keys/{id}', () => {
  it('A revocation takes effect at once and for good.', async () => {
    const { id, key } = await gateway.create()
    await gateway.enter(key)
    const shown = new Map(gateway.memory.entries)
    const hash = hashClientKey(key)
    const { status, headers } = await gateway.call('DELETE', `/edge/keys/${id}`)
    expect(status).toBe(204)
    expect(headers.get('cache-control')).toBe('no-store')
    expect([...gateway.memory.entries.keys()]).toEqual([`revoked:${hash}`, `revoked:${id}`])
    await expect(gateway.enter(key)).rejects.toMatchObject({ status: 401 })

    for (const [name, entry] of shown) gateway.memory.entries.set(name, entry)
    await expect(gateway.enter(key)).rejects.toMatchObject({ status: 401 })
    expect((await gateway.call('PATCH', `/edge/keys/${id}`, { name: 'back' })).status).toBe(404)
    expect((await gateway.call('DELETE', `/edge/cache?key=${id}`)).status).toBe(404)
  })

  it('The key is refused here even if KV fails, and the revocation can be repeated.', async () => {
    const { id, key } = await gateway.create({ origins: ['https://a.example'] })
    await gateway.enter(key)
    gateway.memory.failing.add('delete')
    expect((await gateway.call('DELETE', `/edge/keys/${id}`)).status).toBe(503)
    await expect(gateway.enter(key)).rejects.toMatchObject({ status: 401 })
    gateway.memory.failing.clear()
    gateway.memory.failing.add('put')
    expect((await gateway.call('DELETE', `/edge/keys/${id}`)).status).toBe(503)
    gateway.memory.failing.clear()
    expect((await gateway.call('DELETE', `/edge/keys/${id}`)).status).toBe(204)
    expect([...gateway.memory.entries.keys()]).toEqual([`revoked:${hashClientKey(key)}`, `revoked:${id}`])
  })
})

describe('the union of origins', () => {
  const stores = () => ({ KEYS: gateway.memory.kv, REGISTRY: gateway.registry.REGISTRY })
  const origins = () => allOrigins(stores(), Date.now(), () => true)

  it('The union of origins follows keys that are issued, changed and revoked.', async () => {
    const first = await gateway.create({ origins: ['https://b.example', 'https://a.example'] })
    const second = await gateway.create({ origins: ['https://a.example', 'https://*.c.example'] })
    await gateway.create()
    expect(await origins()).toEqual(['https://*.c.example', 'https://a.example', 'https://b.example'])
    await gateway.call('PATCH', `/edge/keys/${second.id}`, { origins: null })
    expect(await origins()).toEqual(['https://a.example', 'https://b.example'])
    await gateway.call('DELETE', `/edge/keys/${first.id}`)
    expect(await origins()).toEqual([])
  })
})
