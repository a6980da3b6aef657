import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ADMIN_TOKEN, startTestGateway, type TestGateway } from '../harness/gateway.ts'

const CHAT = '/compatible-mode/v1/chat/completions'

let gateway: TestGateway

beforeAll(async () => {
  gateway = await startTestGateway()
})
afterAll(() => gateway.stop())

const hello = (model: string, more: object = {}) => ({
  model,
  messages: [{ role: 'user', content: 'hello' }],
  ...more,
})

async function ask(credential: string, body: object) {
  const response = await fetch(`${gateway.address}/edge/explain`, {
    method: 'POST',
    headers: { authorization: `Bearer ${credential}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  return { status: response.status, body: (await response.json()) as Record<string, unknown> }
}

async function explained(credential: string, request: object, more: object = {}) {
  const { status, body } = await ask(credential, {
    request: { method: 'POST', path: CHAT, ...request },
    ...more,
  })
  expect(status).toBe(200)
  return body
}

async function send(key: string, body: object) {
  const response = await fetch(gateway.address + CHAT, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  return { status: response.status, body: (await response.json()) as { error?: { message: string } } }
}

describe('POST /edge/explain on a refused request', () => {
  const CASES: [rule: string, fields: object, request: object, more: object, status: number][] = [
    ['models', { models: ['qwen-max'] }, { body: hello('qwen-plus') }, {}, 403],
    ['endpoints', { endpoints: ['models'] }, { body: hello('qwen-plus') }, {}, 403],
    ['caps', { caps: { max_tokens: 10 } }, { body: hello('qwen-plus', { max_tokens: 11 }) }, {}, 403],
    [
      'origins',
      { origins: ['https://app.example'] },
      { body: hello('qwen-plus'), headers: { Origin: 'https://evil.example' } },
      {},
      403,
    ],
    [
      'ip_ranges',
      { ip_ranges: ['192.0.2.0/24'] },
      { body: hello('qwen-plus') },
      { address: '203.0.113.9' },
      403,
    ],
    ['disabled', { disabled: true }, { body: hello('qwen-plus') }, {}, 401],
    [
      'limits.tokens_per_minute',
      { limits: { tokens_per_minute: 5 } },
      { body: hello('qwen-plus', { max_tokens: 10 }) },
      {},
      429,
    ],
    ['limits', { limits: { money_per_day: 5 } }, { body: hello('no-such-price') }, {}, 403],
  ]
  it.each(CASES)('The rule is named for a refusal by %s', async (rule, fields, request, more, status) => {
    const { id } = await gateway.issueKey(fields as Record<string, unknown>)
    const response = await explained(ADMIN_TOKEN, request, { key_id: id, ...more })
    expect(response).toMatchObject({ allowed: false, rule, status })
  })

  it('The explanation has the sentence, code and field that the request itself would get.', async () => {
    const { key } = await gateway.issueKey({ models: ['qwen-max'] })
    const refused = await send(key, hello('qwen-plus'))
    expect(await explained(key, { body: hello('qwen-plus') })).toEqual({
      allowed: false,
      status: refused.status,
      code: 'Model.AccessDenied',
      reason: 'modelDenied',
      rule: 'models',
      param: 'model',
      message: refused.body.error?.message,
    })
  })

  it('No rule is named if the request itself is wrong, even for text that JSON cannot repeat.', async () => {
    const { key } = await gateway.issueKey({ models: ['qwen-*'] })
    const wrong = { ...hello('qwen-plus'), temperature: 'hot' }
    expect(await explained(key, { body: wrong })).toMatchObject({
      allowed: false,
      status: 400,
      rule: null,
      param: 'temperature',
    })
    const twice = '{"model":"qwen-plus","model":"gpt-4o","messages":[{"role":"user","content":"hi"}]}'
    expect(await explained(key, { body: twice })).toMatchObject({
      allowed: false,
      reason: 'invalid',
      param: 'model',
    })
    expect(await explained(key, { method: 'GET', path: '/v1/nothing' })).toMatchObject({ status: 404 })
    expect(await explained(key, { method: 'GET', path: CHAT })).toMatchObject({ status: 405 })
  })

  it('The explanation says what is left of the limit that is reached.', async () => {
    const { key } = await gateway.issueKey({ limits: { requests_per_minute: 1 } })
    expect((await send(key, hello('qwen-plus'))).status).toBe(200)
    const response = await explained(key, { body: hello('qwen-plus') })
    expect(response).toMatchObject({
      allowed: false,
      status: 429,
      rule: 'limits.requests_per_minute',
      limit: { name: 'requests_per_minute', quota: 1, remaining: 0 },
    })
  })
})

describe('POST /edge/explain on an allowed request', () => {
  it('The plan names model, region, cache and price; nothing is sent, charged or logged.', async () => {
    const { id, key } = await gateway.issueKey({
      aliases: { 'gpt-4o': 'qwen-plus' },
      limits: { requests_per_minute: 2 },
    })
    const before = (await gateway.calls()).length
    const request = { body: hello('gpt-4o', { max_tokens: 100 }) }
    for (let time = 0; time < 3; time++) {
      expect(await explained(ADMIN_TOKEN, request, { key_id: id })).toMatchObject({
        allowed: true,
        endpoint: 'chat-completions',
        model: 'qwen-plus',
        region: 'beijing',
        cache: { result: 'miss' },
        estimate: { output_tokens: 100, currency: 'CNY', money: expect.any(Number) },
      })
    }
    expect((await gateway.calls()).length).toBe(before)
    const authorization = `Bearer ${key}`
    const me = await fetch(`${gateway.address}/edge/me`, { headers: { authorization } })
    expect(await me.json()).toMatchObject({ limits_left: [{ name: 'requests_per_minute', remaining: 2 }] })
    const log = await fetch(`${gateway.address}/edge/requests`, { headers: { authorization } })
    expect(await log.json()).toMatchObject({ rows: [] })
  })

  it('The plan knows what is cached and what bypasses the cache.', async () => {
    const { key } = await gateway.issueKey()
    const body = hello('qwen-plus', { seed: 4711 })
    await send(key, body)
    await expect.poll(async () => (await explained(key, { body })).cache).toMatchObject({ result: 'hit' })
    const headers = { 'Cache-Control': 'no-store' }
    expect((await explained(key, { body, headers })).cache).toEqual({ result: 'bypass' })
  })
})

describe('callers of POST /edge/explain', () => {
  it('A key may ask about itself, the operator about any key, and a session may only read.', async () => {
    const { id, key } = await gateway.issueKey()
    const other = await gateway.issueKey()
    const request = { method: 'POST', path: CHAT, body: hello('qwen-plus') }
    expect((await ask(key, { request, key_id: id })).status).toBe(200)
    expect((await ask(key, { request, key_id: other.id })).status).toBe(403)
    expect((await ask(ADMIN_TOKEN, { request })).status).toBe(400)
    expect((await ask(ADMIN_TOKEN, { request, key_id: 'key_0000000000000000' })).status).toBe(404)
    const session = await fetch(`${gateway.address}/edge/session`, {
      method: 'POST',
      headers: { authorization: `Bearer ${ADMIN_TOKEN}` },
    })
    const { token } = (await session.json()) as { token: string }
    expect((await ask(token, { request, key_id: id })).status).toBe(200)
    expect((await ask('dst_x.y', { request })).status).toBe(401)
  })

  it.each([
    ['another host', { method: 'POST', path: '//evil.example/x' }],
    ['a relative path', { method: 'POST', path: 'x' }],
    ['another method', { method: 'PUT', path: CHAT }],
    ['a header that no request can carry', { method: 'POST', path: CHAT, headers: { 'x-y': 'a\nb' } }],
    ['an unknown member', { method: 'POST', path: CHAT, boddy: {} }],
  ])('A request is refused for %s', async (_, request) => {
    const { key } = await gateway.issueKey()
    expect((await ask(key, { request })).status).toBe(400)
  })
})
