import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { authenticate } from '../../src/access/authenticate.ts'
import { isWellFormed } from '../../src/access/client-key.ts'
import { allOrigins } from '../../src/access/keys.ts'
import { type OperatorGateway, operatorGateway } from './gateway.ts'

let gateway: OperatorGateway

beforeEach(() => {
  vi.useFakeTimers({ now: Date.parse('2026-11-24T12:00:00Z'), toFake: ['Date'] })
  gateway = operatorGateway()
})

afterEach(() => {
  vi.useRealTimers()
})

async function create(fields: object = {}): Promise<{ id: string; key: string }> {
  const { status, body } = await gateway.call('POST', '/edge/keys', { name: 'n', ...fields })
  expect(status).toBe(201)
  vi.advanceTimersByTime(1)
  return { id: String(body.id), key: String(body.key) }
}

function enter(key: string) {
  return authenticate(new Headers({ authorization: `Bearer ${key}` }), gateway.memory.kv, Date.now())
}

describe('POST /edge/keys', () => {
  it('issues a key that works, shows it once and stores only its hash', async () => {
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
    expect((await enter(String(key))).key).toEqual(record)
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
  ])('refuses %j', async (fields, message) => {
    const { status, headers, body } = await gateway.call('POST', '/edge/keys', fields)
    expect(body).toMatchObject({ code: 'InvalidParameter', message: expect.stringContaining(message) })
    expect(status).toBe(400)
    expect(headers.get('cache-control')).toBe('no-store')
    expect(gateway.memory.counts.put).toBe(0)
  })

  it.each(['text/plain', 'application/jsonx', ''])('refuses the content type %j', async (type) => {
    const { status } = await gateway.call('POST', '/edge/keys', { name: 'n' }, { 'content-type': type })
    expect(status).toBe(415)
  })
})

describe('GET /edge/keys', () => {
  it('lists newest first, a page at a time, without a read for each', async () => {
    const ids: string[] = []
    for (let count = 0; count < 250; count++) ids.unshift((await create()).id)
    const { counts } = gateway.memory
    const before = { ...counts }
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
    expect(counts.list - before.list).toBe(3)
    expect(counts.get - before.get).toBe(0)
  })

  it('shows no key and no hash', async () => {
    const { key } = await create()
    const text = JSON.stringify((await gateway.call('GET', '/edge/keys')).body)
    expect(text).not.toContain(key.slice(4))
    expect(text).not.toMatch(/[0-9a-f]{64}/)
  })

  it('lists whole records that are too long for metadata, two reads a page', async () => {
    const models = Array.from({ length: 100 }, (_, number) => `${'模型'.repeat(20)}-${number}`)
    const first = await create({ name: 'long 1', models })
    const second = await create({ name: 'short' })
    const third = await create({ name: 'long 2', models })
    const before = gateway.memory.counts.get
    const { body } = await gateway.call('GET', '/edge/keys')
    expect(body.keys).toMatchObject([{ id: third.id, models }, { id: second.id }, { id: first.id, models }])
    expect(gateway.memory.counts.get - before).toBe(2)
  })
})

describe('PATCH /edge/keys/{id}', () => {
  it('changes, removes and leaves, for the key in use at once', async () => {
    const { id, key } = await create({ models: ['qwen-*'], endpoints: ['responses'] })
    await enter(key)
    const { status, body } = await gateway.call('PATCH', `/edge/keys/${id}`, { name: 'm', models: null })
    expect(status).toBe(200)
    expect(body).toMatchObject({ id, name: 'm', endpoints: ['responses'] })
    expect(body).not.toHaveProperty('models')
    expect((await enter(key)).key).toEqual(body)
    expect((await gateway.call('GET', '/edge/keys')).body.keys).toEqual([body])
  })

  it.each<[unknown, string]>([
    [{ name: null }, 'name: expected a string, got null.'],
    ['{"__proto__":null}', 'and not "__proto__"'],
    [{ cache_generation: 0 }, 'and not "cache_generation"'],
    [{ expires_at: '2020-01-01T00:00:00Z' }, 'expires_at: expected a time in the future'],
  ])('refuses %j', async (change, message) => {
    const { id } = await create()
    const { status, body } = await gateway.call('PATCH', `/edge/keys/${id}`, change)
    expect(status).toBe(400)
    expect(body.message).toContain(message)
  })
})

describe('DELETE /edge/keys/{id}', () => {
  it('revokes at once, and for good', async () => {
    const { id, key } = await create()
    await enter(key)
    const shown = new Map(gateway.memory.entries)
    const { status, headers } = await gateway.call('DELETE', `/edge/keys/${id}`)
    expect(status).toBe(204)
    expect(headers.get('cache-control')).toBe('no-store')
    expect(gateway.memory.entries).toHaveLength(0)
    await expect(enter(key)).rejects.toMatchObject({ status: 401 })

    for (const [name, entry] of shown) gateway.memory.entries.set(name, entry)
    await expect(enter(key)).rejects.toMatchObject({ status: 401 })
    expect((await gateway.call('PATCH', `/edge/keys/${id}`, { name: 'back' })).status).toBe(404)
    expect((await gateway.call('DELETE', `/edge/cache?key=${id}`)).status).toBe(404)
  })

  it('refuses the key here although KV fails, and can be repeated', async () => {
    const { id, key } = await create({ origins: ['https://a.example'] })
    await enter(key)
    gateway.memory.failing.add('delete')
    expect((await gateway.call('DELETE', `/edge/keys/${id}`)).status).toBe(503)
    await expect(enter(key)).rejects.toMatchObject({ status: 401 })
    gateway.memory.failing.clear()
    gateway.memory.failing.add('put')
    expect((await gateway.call('DELETE', `/edge/keys/${id}`)).status).toBe(503)
    gateway.memory.failing.clear()
    expect((await gateway.call('DELETE', `/edge/keys/${id}`)).status).toBe(204)
    expect([...gateway.memory.entries.keys()]).toEqual(['origins'])
    expect(gateway.memory.entries.get('origins')?.value).toBe('[]')
  })
})

describe('the union of origins', () => {
  const origins = () => allOrigins(gateway.memory.kv, Date.now())

  it('follows what is issued, changed and revoked', async () => {
    const first = await create({ origins: ['https://b.example', 'https://a.example'] })
    const second = await create({ origins: ['https://a.example', 'https://*.c.example'] })
    await create()
    expect(await origins()).toEqual(['https://*.c.example', 'https://a.example', 'https://b.example'])
    await gateway.call('PATCH', `/edge/keys/${second.id}`, { origins: null })
    expect(await origins()).toEqual(['https://a.example', 'https://b.example'])
    await gateway.call('DELETE', `/edge/keys/${first.id}`)
    expect(await origins()).toEqual([])
  })

  it('is not written for keys that name none', async () => {
    const { id } = await create()
    await gateway.call('PATCH', `/edge/keys/${id}`, { name: 'm' })
    await gateway.call('DELETE', `/edge/keys/${id}`)
    expect(gateway.memory.entries.has('origins')).toBe(false)
  })
})

describe('DELETE /edge/cache', () => {
  const generationOf = async (key: string) => (await enter(key)).key.cache_generation

  it('purges one key and leaves the others', async () => {
    const [first, second] = [await create(), await create()]
    const before = [await generationOf(first.key), await generationOf(second.key)]
    const { status, body } = await gateway.call('DELETE', `/edge/cache?key=${first.id}`)
    expect(status).toBe(200)
    expect(body).toEqual({ purged: [first.id] })
    expect(await generationOf(first.key)).toBeGreaterThan(before[0] ?? 0)
    expect(await generationOf(second.key)).toBe(before[1])
  })

  it('changes the generation also twice in a millisecond', async () => {
    const { id, key } = await create()
    await gateway.call('DELETE', `/edge/cache?key=${id}`)
    const first = await generationOf(key)
    await gateway.call('DELETE', `/edge/cache?key=${id}`)
    expect(await generationOf(key)).toBeGreaterThan(first)
  })

  it('purges every key of a scope, to one generation, which later members take', async () => {
    const cache = { scope: 'team' }
    const members = [await create({ cache }), await create({ cache }), await create({ cache })]
    const outsider = await create({ cache: { scope: 'other' } })
    const before = await generationOf(outsider.key)
    const { body } = await gateway.call('DELETE', `/edge/cache?key=${members[1]?.id}`)
    expect((body.purged as string[]).toSorted()).toEqual(members.map(({ id }) => id).toSorted())
    vi.advanceTimersByTime(1000)
    members.push(await create({ cache }))
    await gateway.call('PATCH', `/edge/keys/${outsider.id}`, { cache })
    const generations = await Promise.all([...members, outsider].map(({ key }) => generationOf(key)))
    expect(new Set(generations).size).toBe(1)
    expect(generations[0]).toBeGreaterThan(before)
  })

  it('keeps purged answers out of reach of a key that leaves its scope', async () => {
    const { id, key } = await create()
    await create({ cache: { scope: 'team' } })
    vi.advanceTimersByTime(1000)
    await gateway.call('DELETE', `/edge/cache?key=${id}`)
    const purged = await generationOf(key)
    await gateway.call('PATCH', `/edge/keys/${id}`, { cache: { scope: 'team' } })
    vi.advanceTimersByTime(1000)
    await gateway.call('PATCH', `/edge/keys/${id}`, { cache: null })
    expect(await generationOf(key)).toBeGreaterThanOrEqual(purged)
  })

  it('wants the id of a key', async () => {
    const { status, body } = await gateway.call('DELETE', '/edge/cache')
    expect(status).toBe(400)
    expect(body.message).toContain('key: expected the id of the key')
  })
})

describe('the operator’s endpoints', () => {
  it.each([
    ['GET', '/edge/keys/key_0000000000000000'],
    ['PATCH', '/edge/keys/key_0000000000000000'],
    ['DELETE', '/edge/keys/key_0000000000000000'],
    ['GET', '/edge/keys/__proto__'],
    ['DELETE', '/edge/keys/nonsense'],
    ['DELETE', '/edge/cache?key=key_0000000000000000'],
    ['DELETE', '/edge/cache?key=nonsense'],
  ])('%s %s: no such key', async (method, path) => {
    const { status, body } = await gateway.call(method, path, method === 'PATCH' ? {} : undefined)
    expect(status).toBe(404)
    expect(body).toMatchObject({ code: 'NotFound', request_id: 'r-1' })
  })

  it.each([
    ['PUT', '/edge/keys', 'GET, POST'],
    ['POST', '/edge/keys/key_0000000000000000', 'GET, PATCH, DELETE'],
    ['GET', '/edge/cache', 'DELETE'],
  ])('%s %s: 405', async (method, path, allowed) => {
    const { status, headers, body } = await gateway.call(method, path)
    expect(status).toBe(405)
    expect(headers.get('allow')).toBe(allowed)
    expect(body.message).toBe(`${method} means nothing here. Use one of: ${allowed}.`)
  })

  it.each([
    ['GET', '/edge/keys'],
    ['POST', '/edge/keys'],
    ['PUT', '/edge/keys'],
    ['GET', '/edge/keys/key_0000000000000000'],
    ['PATCH', '/edge/keys/key_0000000000000000'],
    ['DELETE', '/edge/keys/key_0000000000000000'],
    ['DELETE', '/edge/cache?key=key_0000000000000000'],
  ])('%s %s is the operator’s alone', async (method, path) => {
    const { key } = await create()
    const before = { ...gateway.memory.counts }
    for (const authorization of ['', 'Bearer wrong-horse-battery', `Bearer ${key}`]) {
      const { status, headers, body } = await gateway.call(method, path, undefined, { authorization })
      expect(status).toBe(401)
      expect(body.code).toBe('InvalidApiKey')
      expect(headers.get('www-authenticate')).toBe('Bearer')
      expect(headers.get('cache-control')).toBe('no-store')
    }
    expect(gateway.memory.counts).toEqual(before)
  })

  it.each([
    ['POST', '/edge/keys', 'put'],
    ['GET', '/edge/keys', 'list'],
    ['GET', '/edge/keys/key_0000000000000000', 'get'],
    ['DELETE', '/edge/keys/key_0000000000000000', 'get'],
  ] as const)('%s %s: 503 while KV fails', async (method, path, kind) => {
    gateway.memory.failing.add(kind)
    const { status, headers } = await gateway.call(
      method,
      path,
      method === 'POST' ? { name: 'n' } : undefined,
    )
    expect(status).toBe(503)
    expect(headers.get('retry-after')).toBe('5')
  })
})
