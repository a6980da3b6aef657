import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { hashClientKey, makeClientKey } from '../../src/keys/client-key.ts'
import { ADMIN_TOKEN, startTestGateway, type TestGateway } from '../harness/gateway.ts'

const CHAT = '/compatible-mode/v1/chat/completions'

let gateway: TestGateway

beforeAll(async () => {
  gateway = await startTestGateway()
})

afterAll(() => gateway?.stop())

function operate(method: string, path: string, body?: unknown): Promise<Response> {
  return fetch(gateway.address + path, {
    method,
    headers: { authorization: `Bearer ${ADMIN_TOKEN}`, 'content-type': 'application/json' },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  })
}

async function ask(
  key: string,
  model = 'qwen-plus',
  headers: Record<string, string> = {},
): Promise<Response> {
  const response = await fetch(gateway.address + CHAT, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ model, messages: [{ role: 'user', content: 'Hello' }] }),
  })
  await response.clone().arrayBuffer()
  return response
}

describe('a client key in the running gateway', () => {
  it('A key works from its issue to its revocation, and not for one more request.', async () => {
    const { id, key } = await gateway.issueKey()
    expect((await ask(key)).status).toBe(200)
    expect((await operate('DELETE', `/edge/keys/${id}`)).status).toBe(204)
    const refused = await ask(key)
    expect(refused.status).toBe(401)
    expect(refused.headers.get('www-authenticate')).toBe('Bearer')
    expect(await refused.json()).toMatchObject({ error: { code: 'invalid_api_key' } })
  })

  it('A change of the record takes effect at once.', async () => {
    const { id, key } = await gateway.issueKey({ models: ['qwen-*'] })
    expect((await ask(key, 'deepseek-v3')).status).toBe(403)
    const changed = await operate('PATCH', `/edge/keys/${id}`, { models: null })
    expect(await changed.json()).not.toHaveProperty('models')
    expect((await ask(key, 'deepseek-v3')).status).not.toBe(403)
  })

  it('A key may be used from the pages that it names.', async () => {
    const { key } = await gateway.issueKey({ origins: ['https://*.pages.example'] })
    const allowed = await ask(key, 'qwen-plus', { origin: 'https://a.pages.example' })
    expect(allowed.status).toBe(200)
    expect(allowed.headers.get('access-control-allow-origin')).toBe('https://a.pages.example')
    const foreign = await ask(key, 'qwen-plus', { origin: 'https://pages.example' })
    expect(foreign.status).toBe(403)
    expect(foreign.headers.has('access-control-allow-origin')).toBe(false)
  })

  it('A key is remembered: a warm request reads nothing from KV.', async () => {
    const { key } = await gateway.issueKey()
    expect((await ask(key)).status).toBe(200)
    await gateway.kv('KEYS').delete(`key:${hashClientKey(key)}`)
    expect((await ask(key)).status).toBe(200)
  })

  it('A key that was not issued never reaches DashScope.', async () => {
    const before = (await gateway.calls()).length
    expect((await ask(makeClientKey())).status).toBe(401)
    expect((await ask('sk-0123456789abcdef')).status).toBe(401)
    expect(await gateway.calls()).toHaveLength(before)
  })
})

describe('the operator in the running gateway', () => {
  it('Keys with short and long records are listed newest first.', async () => {
    const models = Array.from({ length: 60 }, (_, number) => `a-model-with-a-long-name-${number}`)
    const long = await gateway.issueKey({ models })
    const short = await gateway.issueKey()
    const response = await operate('GET', '/edge/keys')
    expect(response.headers.get('cache-control')).toBe('no-store')
    const { keys } = (await response.json()) as { keys: object[] }
    expect(keys.slice(0, 2)).toMatchObject([{ id: short.id }, { id: long.id, models }])
  })

  it('The operator purges the cache of a scope.', async () => {
    const cache = { scope: 'shared' }
    const [first, second] = [await gateway.issueKey({ cache }), await gateway.issueKey({ cache })]
    const response = await operate('DELETE', `/edge/cache?key=${first.id}`)
    const { purged } = (await response.json()) as { purged: string[] }
    expect(purged.toSorted()).toEqual([first.id, second.id].toSorted())
  })

  it.each([
    ['/edge/health', 'GET, HEAD'],
    ['/edge/usage', 'GET, HEAD'],
    ['/edge/keys', 'GET, HEAD, POST'],
  ])('For %s the Allow header names HEAD, which is answered.', async (path, allowed) => {
    expect((await operate('DELETE', path)).headers.get('allow')).toBe(allowed)
    const head = await operate('HEAD', path)
    expect([head.status, await head.text()]).toEqual([200, ''])
  })

  it.each([
    ['GET', '/edge/nonsense', 404],
    ['GET', '/edge/keys/nonsense', 404],
    ['PUT', '/edge/keys', 405],
    ['DELETE', '/edge/cache', 400],
  ])('%s %s is answered with %d in the native dialect.', async (method, path, status) => {
    const response = await operate(method, path)
    expect(response.status).toBe(status)
    expect(response.headers.get('cache-control')).toBe('no-store')
    expect(await response.json()).toMatchObject({
      code: expect.any(String),
      message: expect.any(String),
      request_id: expect.any(String),
    })
  })
})
