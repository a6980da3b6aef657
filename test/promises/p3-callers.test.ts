import { describe, expect, it } from 'vitest'
import { hashClientKey, makeClientKey } from '../../src/keys/client-key.ts'
import { recordEntry } from '../../src/keys/store.ts'
import { CHAT, MESSAGES, TEXT } from '../harness/caller.ts'
import { ADMIN_TOKEN } from '../harness/gateway.ts'
import { useGateway } from '../harness/use-gateway.ts'
import { send } from '../harness/wire.ts'

const rig = useGateway({ CACHE_TTL_SECONDS: '0' })

/** A body that each endpoint used here takes. */
function bodyFor(model: string): string {
  const messages = [{ role: 'user', content: 'hi' }]
  return JSON.stringify({
    model,
    max_tokens: 9,
    input: { prompt: 'hi' },
    messages,
    query: 'q',
    documents: [],
  })
}

/** Asks, and tells whether the upstream was asked as well. */
async function ask(path: string, headers: Record<string, string | string[]>, body = bodyFor('qwen-plus')) {
  const before = rig.upstream.seen.length
  const isGet = path.includes('/models') || path.includes('/uploads')
  const response = await send(rig.gateway.address, {
    method: isGet ? 'GET' : 'POST',
    path,
    headers: { 'content-type': 'application/json', ...headers },
    ...(!isGet && { body }),
  })
  return { ...response, asked: rig.upstream.seen.length - before }
}

const bearer = (value: string) => ({ authorization: `Bearer ${value}` })

describe('P3 no credential is 401 with a challenge, in the dialect of the path', () => {
  const SENTENCE =
    'The request has no client key in its headers. Send it as "Authorization: Bearer <key>", or in x-api-key or X-DashScope-ApiKey; never in the URL.'
  it.each([
    [TEXT, { code: 'InvalidApiKey', message: SENTENCE, request_id: expect.any(String) }],
    [
      CHAT,
      {
        error: { message: SENTENCE, type: 'invalid_request_error', param: null, code: 'invalid_api_key' },
        request_id: expect.any(String),
      },
    ],
    [
      MESSAGES,
      {
        type: 'error',
        error: { type: 'authentication_error', message: SENTENCE },
        request_id: expect.any(String),
      },
    ],
  ])('A request without a credential gets 401 at %s', async (path, body) => {
    const response = await ask(path, {})
    expect(response.status).toBe(401)
    expect(response.headers['www-authenticate']).toBe('Bearer')
    expect(response.headers['content-type']).toBe('application/json')
    expect(JSON.parse(response.text)).toEqual(body)
    expect(response.asked).toBe(0)
  })

  it.each(['GET', 'POST', 'DELETE'])(
    'A request without a credential gets 401 before its body is read, for %s of a file as well.',
    async (method) => {
      const path = method === 'POST' ? TEXT : '/compatible-mode/v1/files/file-1'
      const response = await send(rig.gateway.address, {
        method,
        path,
        ...(method === 'POST' && { body: 'not JSON' }),
      })
      expect(response.status).toBe(401)
    },
  )
})

describe('P3 a credential that opens nothing is 401 and says why', () => {
  it.each<[string, () => Record<string, string | string[]>, RegExp]>([
    ['a well-formed key that was never issued', () => bearer(makeClientKey()), /unknown or was revoked/],
    [
      'a key with a typing error',
      () => bearer(`${rig.key.slice(0, -1)}${rig.key.endsWith('0') ? '1' : '0'}`),
      /mistyped/,
    ],
    ['a key cut short', () => bearer(rig.key.slice(0, -3)), /mistyped or cut short/],
    ['a key in another case', () => bearer(rig.key.toUpperCase()), /not a client key of this gateway/],
    ['a key and something after it', () => bearer(`${rig.key} x`), /contains a space/],
    ["DashScope's own key", () => bearer(rig.gateway.apiKey), /a key of DashScope or another provider/],
    ["DashScope's own key in x-api-key", () => ({ 'x-api-key': rig.gateway.apiKey }), /a key of DashScope/],
    ['the admin token', () => bearer(ADMIN_TOKEN), /not a client key of this gateway/],
    ['an empty bearer', () => ({ authorization: 'Bearer ' }), /has no client key/],
    ['the key without a scheme', () => ({ authorization: rig.key }), /Put "Bearer " before it/],
    ['the key as a password', () => ({ authorization: `Basic ${btoa(`:${rig.key}`)}` }), /has no client key/],
    ['the key in a cookie', () => ({ cookie: `key=${rig.key}` }), /has no client key/],
    [
      'two different keys',
      () => ({ ...bearer(rig.key), 'x-api-key': makeClientKey() }),
      /different credentials/,
    ],
    [
      'the same header twice with different keys',
      () => ({ authorization: [`Bearer ${rig.key}`, `Bearer ${makeClientKey()}`] }),
      /different credentials/,
    ],
    [
      'the name of a property every object has',
      () => bearer('__proto__'),
      /not a client key of this gateway/,
    ],
    ['a very long one', () => bearer('x'.repeat(8000)), /not a client key of this gateway/],
  ])('%s', async (_, headers, reason) => {
    const response = await ask(TEXT, headers())
    expect(response.status).toBe(401)
    expect(JSON.parse(response.text).message).toMatch(reason)
    expect(response.headers['www-authenticate']).toBe('Bearer')
    expect(response.asked).toBe(0)
  })

  it('A revoked key gets 401, even if it worked a moment ago.', async () => {
    const gone = await rig.gateway.issueKey()
    expect((await ask(TEXT, bearer(gone.key))).status).toBe(200)
    const revoked = await send(rig.gateway.address, {
      method: 'DELETE',
      path: `/edge/keys/${gone.id}`,
      headers: bearer(ADMIN_TOKEN),
    })
    expect(revoked.status).toBe(204)
    const response = await ask(TEXT, bearer(gone.key))
    expect(response.status).toBe(401)
    expect(response.asked).toBe(0)
  })

  it('An expired key gets 401.', async () => {
    const expired = await rig.gateway.issueKey({ expires_at: '2099-01-01T00:00:00Z' })
    const keys = rig.gateway.kv('KEYS')
    const entry = recordEntry(hashClientKey(expired.key))
    const record = JSON.parse(String(await keys.get(entry)))
    await keys.put(entry, JSON.stringify({ ...record, expires_at: '2024-01-01T00:00:00Z' }))
    const response = await ask(TEXT, bearer(expired.key))
    expect(response.status).toBe(401)
    expect(JSON.parse(response.text).message).toContain('expired at 2024-01-01T00:00:00Z')
    expect(response.asked).toBe(0)
  })

  it("A client key does not open the operator's endpoints, and neither does no credential.", async () => {
    for (const headers of [{}, bearer(rig.key), { 'x-api-key': ADMIN_TOKEN }]) {
      for (const method of ['GET', 'POST']) {
        const response = await send(rig.gateway.address, { method, path: '/edge/keys', headers })
        expect(response.status).toBe(401)
        expect(response.headers['www-authenticate']).toBe('Bearer')
      }
    }
  })
})

describe('P3 the permissions of a key', () => {
  it('A key may use only the endpoints in its record.', async () => {
    const limited = await rig.gateway.issueKey({ endpoints: ['chat-completions', 'models'] })
    expect((await ask(CHAT, bearer(limited.key))).status).toBe(200)
    expect((await ask('/compatible-mode/v1/models', bearer(limited.key))).status).toBe(200)
    const refused = await ask(TEXT, bearer(limited.key))
    expect(refused.status).toBe(403)
    expect(JSON.parse(refused.text)).toMatchObject({
      code: 'AccessDenied',
      message: 'This key may not use the endpoint "text-generation"; it may use: chat-completions, models.',
    })
    expect(refused.asked).toBe(0)
    const anthropic = await ask(MESSAGES, bearer(limited.key))
    expect(JSON.parse(anthropic.text).error.type).toBe('permission_error')
  })

  it.each<[string[], string, number]>([
    [['qwen-plus'], 'qwen-plus', 200],
    [['qwen-plus'], 'qwen-plus-latest', 403],
    [['qwen-plus'], 'QWEN-PLUS', 403],
    [['qwen-plus'], ' qwen-plus', 403],
    [['qwen-*'], 'qwen-max', 200],
    [['qwen-*'], 'qwen3-max', 403],
    [['*-latest', 'text-*'], 'qwen-max-latest', 200],
    [['qwen*-vl-*'], 'qwen2.5-vl-72b', 200],
    [['qwen*-vl-*'], 'qwen2.5-max', 403],
    [['app:*'], 'qwen-plus', 403],
    [['qwen-plus'], 'qwen-plus\u200b', 403],
  ])('A key for the models %j that asks for %j gets %d', async (models, model, status) => {
    const limited = await rig.gateway.issueKey({ models })
    for (const path of [TEXT, CHAT, MESSAGES, '/compatible-api/v1/reranks']) {
      const response = await ask(path, bearer(limited.key), bodyFor(model))
      expect(response.status, path).toBe(status)
      expect(response.asked).toBe(status === 200 ? 1 : 0)
      if (status === 403) expect(response.text).toContain('This key may not use the model')
    }
  })

  it('A body with two models is refused, because JSON parsers do not agree on which one counts.', async () => {
    const limited = await rig.gateway.issueKey({ models: ['qwen-plus'] })
    const twice = (first: string, second: string) =>
      `{"model":"${first}","input":{"prompt":"hi"},"model":"${second}"}`
    for (const body of [twice('qwen-plus', 'qwen-max'), twice('qwen-max', 'qwen-plus')]) {
      expect((await ask(TEXT, bearer(limited.key), body)).status).toBe(400)
    }
  })

  it('An application is allowed by its id.', async () => {
    const limited = await rig.gateway.issueKey({ models: ['app:support-*', 'qwen-plus'] })
    const body = '{"input":{"prompt":"hi"},"model":"qwen-plus"}'
    expect((await ask('/api/v1/apps/support-1/completion', bearer(limited.key), body)).status).toBe(200)
    const refused = await ask('/api/v1/apps/sales-1/completion', bearer(limited.key), body)
    expect(refused.status).toBe(403)
    expect(JSON.parse(refused.text)).toMatchObject({
      code: 'Model.AccessDenied',
      message: 'This key may not use the model "app:sales-1"; it may use: app:support-*, qwen-plus.',
    })
    expect(refused.asked).toBe(0)
  })

  it('An upload is allowed for a model as well.', async () => {
    const limited = await rig.gateway.issueKey({ models: ['qwen-vl-*'] })
    const path = '/api/v1/uploads?action=getPolicy&model='
    expect((await ask(`${path}qwen-vl-plus`, bearer(limited.key))).status).toBe(200)
    const refused = await ask(`${path}qwen-max`, bearer(limited.key))
    expect(refused.status).toBe(403)
    expect(refused.asked).toBe(0)
    const twice = await ask(`${path}qwen-vl-plus&model=qwen-max`, bearer(limited.key))
    expect(twice.status).toBe(400)
    expect(twice.asked).toBe(0)
  })
})
