import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { isWellFormed } from '../../src/keys/client-key.ts'
import { type OperatorGateway, operatorGateway } from '../edge/gateway.ts'

let gateway: OperatorGateway

beforeEach(() => {
  vi.useFakeTimers({ now: Date.parse('2026-11-24T12:00:00Z'), toFake: ['Date'] })
  gateway = operatorGateway()
})

afterEach(() => {
  vi.useRealTimers()
})

describe('POST /edge/keys', () => {
  it('A key is issued, shown once and stored only as a hash.', async () => {
    const fields = {
      name: 'Müller',
      models: ['qwen-*'],
      endpoints: ['chat-completions'],
      origins: ['https://app.example'],
      expires_at: '2027-01-31T00:00:00Z',
      cache: { ttl_seconds: 600 },
    }
    const { status, headers, body } = await gateway.call('POST', '/edge/keys', fields)
    expect(status).toBe(201)
    expect(headers.get('cache-control')).toBe('no-store')
    const { key, ...record } = body
    expect(isWellFormed(String(key))).toBe(true)
    expect(record).toMatchObject({ ...fields, created_at: '2026-11-24T12:00:00.000Z' })
    expect((await gateway.enter(String(key))).policy).toEqual(record)
    expect((await gateway.call('GET', `/edge/keys/${record.id}`)).body).toEqual(record)
    expect(JSON.stringify([...gateway.memory.entries])).not.toContain(key)
  })

  it.each<[unknown, string]>([
    [{}, 'name: expected a string, got nothing.'],
    [{ name: ' ' }, 'name: expected a name of 1 to 100 characters.'],
    [{ name: 'n'.repeat(101) }, 'name: expected a name of 1 to 100 characters.'],
    [{ name: 'n', model: ['x'] }, 'and not "model"'],
    ['{"name":"n","__proto__":{"models":["x"]}}', 'and not "__proto__"'],
    ['{"name":"n","constructor":1}', 'and not "constructor"'],
    [{ name: 'n', id: 'key_1', cache_generation: 1 }, 'and not "id", "cache_generation"'],
    [{ name: 'n', models: [] }, 'models: expected 1 to 100 entries'],
    [{ name: 'n', models: [' '] }, 'models[0]: expected the name of a model'],
    [{ name: 'n', models: null }, 'models: expected an array, got null.'],
    [{ name: 'n', models: Array(101).fill('m') }, 'models: expected 1 to 100 entries'],
    [{ name: 'n', endpoints: ['responses', 'nonsense'] }, 'endpoints[1]: expected one of text-generation, '],
    [{ name: 'n', endpoints: ['__proto__'] }, 'endpoints[0]: expected one of'],
    [{ name: 'n', origins: ['https://app.example/'] }, 'origins[0]: expected an origin like'],
    [{ name: 'n', origins: ['*'] }, 'origins[0]: expected an origin like'],
    [{ name: 'n', origins: ['null'] }, 'origins[0]: expected an origin like'],
    [{ name: 'n', expires_at: '2027-01-31' }, 'expires_at: expected a time with its zone in ISO 8601'],
    [
      { name: 'n', expires_at: '2027-02-30T00:00:00Z' },
      'expires_at: expected a time with its zone in ISO 8601',
    ],
    [{ name: 'n', expires_at: '2026-11-24T12:00:00Z' }, 'expires_at: expected a time in the future'],
    [{ name: 'n', cache: { scope: 'a b' } }, 'cache.scope: expected 1 to 40 letters'],
    [{ name: 'n', cache: { scope: 'a\n' } }, 'cache.scope: expected 1 to 40 letters'],
    [
      { name: 'n', cache: { ttl_seconds: 59 } },
      'cache.ttl_seconds: expected a whole number of seconds from 60',
    ],
    [{ name: 'n', cache: { ttl_seconds: 2_592_001 } }, 'cache.ttl_seconds: expected a whole number'],
    [{ name: 'n', cache: { on: true } }, 'and not "on"'],
    [[], 'The request body: expected an object, got an empty array.'],
    ['', 'The body is not valid JSON.'],
    ['{"name":', 'The body is not valid JSON.'],
    ['['.repeat(10_000), 'The body is not valid JSON.'],
  ])('The fields %j are refused.', async (fields, message) => {
    const { status, headers, body } = await gateway.call('POST', '/edge/keys', fields)
    expect(body).toMatchObject({ code: 'InvalidParameter', message: expect.stringContaining(message) })
    expect(status).toBe(400)
    expect(headers.get('cache-control')).toBe('no-store')
    expect(gateway.memory.counts.put).toBe(0)
  })

  it.each(['text/plain', 'application/jsonx', ''])('The content type %j is refused.', async (type) => {
    const { status } = await gateway.call('POST', '/edge/keys', { name: 'n' }, { 'content-type': type })
    expect(status).toBe(415)
  })
})

describe('GET /edge/keys', () => {
  it('Keys are listed newest first in pages, without reading KV.', async () => {
    const ids: string[] = []
    for (let count = 0; count < 250; count++) ids.unshift((await gateway.create()).id)
    const before = { ...gateway.memory.counts }
    const listed: unknown[] = []
    let path = '/edge/keys'
    for (const size of [100, 100, 50]) {
      const { body } = await gateway.call('GET', path)
      const keys = body.keys as { id: string; name: string }[]
      expect(keys).toHaveLength(size)
      listed.push(...keys.map(({ id }) => id))
      expect(keys[0]).toMatchObject({ name: 'n', created_at: expect.any(String) })
      expect(body.cursor === undefined).toBe(size === 50)
      path = `/edge/keys?cursor=${body.cursor}`
    }
    expect(listed).toEqual(ids)
    expect(gateway.memory.counts).toEqual(before)
  })

  it('The list shows no key and no hash.', async () => {
    const { key } = await gateway.create()
    const text = JSON.stringify((await gateway.call('GET', '/edge/keys')).body)
    expect(text).not.toContain(key.slice(4))
    expect(text).not.toMatch(/[0-9a-f]{64}/)
  })
})
