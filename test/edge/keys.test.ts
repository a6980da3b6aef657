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

describe('the operator’s endpoints', () => {
  it.each([
    ['GET', '/edge/keys/key_0000000000000000'],
    ['PATCH', '/edge/keys/key_0000000000000000'],
    ['DELETE', '/edge/keys/key_0000000000000000'],
    ['GET', '/edge/keys/__proto__'],
    ['DELETE', '/edge/keys/nonsense'],
    ['DELETE', '/edge/cache?key=key_0000000000000000'],
    ['DELETE', '/edge/cache?key=nonsense'],
  ])('%s %s answers that there is no such key.', async (method, path) => {
    const { status, body } = await gateway.call(method, path, method === 'PATCH' ? {} : undefined)
    expect(status).toBe(404)
    expect(body).toMatchObject({ code: 'NotFound', request_id: 'r-1' })
  })

  it('A key for a region that the gateway does not serve is refused, since it would always be.', async () => {
    const { status, body } = await gateway.call('POST', '/edge/keys', {
      name: 'n',
      regions: ['beijing', 'tokyo'],
    })
    expect([status, body.message]).toEqual([
      400,
      expect.stringMatching(/^regions\[1\]: this gateway does not serve "tokyo"; it serves beijing\./),
    ])
    expect((await gateway.call('POST', '/edge/keys', { name: 'n', regions: ['beijing'] })).status).toBe(201)
  })

  it.each([
    ['PUT', '/edge/keys', 'GET, HEAD, POST'],
    ['POST', '/edge/keys/key_0000000000000000', 'GET, HEAD, PATCH, DELETE'],
    ['GET', '/edge/cache', 'DELETE'],
  ])('%s %s is answered with 405.', async (method, path, allowed) => {
    const { status, headers, body } = await gateway.call(method, path)
    expect(status).toBe(405)
    expect(headers.get('allow')).toBe(allowed)
    expect(body.message).toBe(`${method} is not allowed here. Use ${allowed}.`)
  })

  it.each([
    ['GET', '/edge/keys'],
    ['POST', '/edge/keys'],
    ['PUT', '/edge/keys'],
    ['GET', '/edge/keys/key_0000000000000000'],
    ['PATCH', '/edge/keys/key_0000000000000000'],
    ['DELETE', '/edge/keys/key_0000000000000000'],
    ['DELETE', '/edge/cache?key=key_0000000000000000'],
  ])('%s %s is for the operator only.', async (method, path) => {
    const { key } = await gateway.create()
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
    ['POST', '/edge/keys'],
    ['GET', '/edge/keys'],
    ['GET', '/edge/keys/key_0000000000000000'],
    ['PATCH', '/edge/keys/key_0000000000000000'],
    ['DELETE', '/edge/keys/key_0000000000000000'],
    ['DELETE', '/edge/cache?key=key_0000000000000000'],
  ])('P6: %s %s answers 503 while the registry fails.', async (method, path) => {
    gateway.registry.fail(true)
    const { status, headers } = await gateway.call(method, path, method === 'GET' ? undefined : { name: 'n' })
    expect(status).toBe(503)
    expect(headers.get('retry-after')).toBe('5')
  })

  it('P6: POST /edge/keys answers 503 while KV fails, and leaves no orphaned key.', async () => {
    gateway.memory.failing.add('put')
    expect((await gateway.call('POST', '/edge/keys', { name: 'n' })).status).toBe(503)
    gateway.memory.failing.clear()
    expect((await gateway.call('GET', '/edge/keys')).body.keys).toEqual([])
  })
})
