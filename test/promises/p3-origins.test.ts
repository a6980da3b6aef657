import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { startTestGateway, type TestGateway } from '../harness/gateway.ts'
import { events, json, type PlainUpstream, startPlainUpstream } from '../harness/plain-upstream.ts'
import { send } from '../harness/wire.ts'

const TEXT = '/api/v1/services/aigc/text-generation/generation'
const CHAT = '/compatible-mode/v1/chat/completions'
const MESSAGES = '/apps/anthropic/v1/messages'
const NAMED = 'https://app.example'
const BODY = '{"model":"m","input":{"prompt":"hi"}}'

let upstream: PlainUpstream
let gateway: TestGateway
/** May be used from where ALLOWED_ORIGINS says. */
let key: string
/** May be used from origins of its own. */
let own: string
/** May be used from no page at all. */
let none: string

beforeAll(async () => {
  vi.spyOn(console, 'error').mockImplementation(() => undefined)
  upstream = await startPlainUpstream()
  gateway = await startTestGateway({
    DASHSCOPE_BASE_URL: upstream.address,
    ALLOWED_ORIGINS: `${NAMED}, https://*.pages.example,http://localhost:5173`,
  })
  key = (await gateway.issueKey()).key
  own = (await gateway.issueKey({ origins: ['https://own.example', 'https://*.own.example'] })).key
  none = (await gateway.issueKey({ origins: [] })).key
})
afterAll(async () => {
  vi.restoreAllMocks()
  await gateway.stop()
  await upstream.stop()
})

async function ask(
  origin: string | undefined,
  headers: Record<string, string> = {},
  body = BODY,
  path = TEXT,
) {
  const before = upstream.seen.length
  const answer = await send(gateway.address, {
    method: 'POST',
    path,
    headers: {
      'content-type': 'application/json',
      'cache-control': 'no-store',
      ...(origin !== undefined && { origin }),
      ...headers,
    },
    body,
  })
  return { ...answer, asked: upstream.seen.length - before }
}

type Answered = Awaited<ReturnType<typeof ask>>
const bearer = (value: string) => ({ authorization: `Bearer ${value}` })

function expectReadable(answer: Pick<Answered, 'headers'>, origin: string) {
  expect(answer.headers['access-control-allow-origin']).toBe(origin)
  expect(answer.headers.vary).toMatch(/\bOrigin\b/)
  for (const name of ['x-request-id', 'request-id', 'retry-after', 'x-edge-request-id', 'cache-status']) {
    expect(answer.headers['access-control-expose-headers']?.split(', ')).toContain(name)
  }
  expect(answer.headers).not.toHaveProperty('access-control-allow-credentials')
}

function expectUnreadable(answer: Pick<Answered, 'headers'>) {
  expect(Object.keys(answer.headers).filter((name) => name.startsWith('access-control-'))).toEqual([])
}

describe('P3 a page of an origin that was not named', () => {
  it.each<[string, () => string, string]>([
    ['an unknown origin', () => key, 'https://evil.example'],
    ['null', () => key, 'null'],
    ['another scheme', () => key, 'http://app.example'],
    ['another port', () => key, 'https://app.example:8443'],
    ['a longer name', () => key, 'https://app.example.evil.example'],
    ['a path behind it', () => key, 'https://app.example/'],
    ['the wildcard itself', () => key, 'https://*.pages.example'],
    ['the domain of a wildcard', () => key, 'https://pages.example'],
    ['a name that only ends alike', () => key, 'https://evilpages.example'],
    ["ALLOWED_ORIGINS, where the key's own count", () => own, NAMED],
    ["another key's origin", () => key, 'https://own.example'],
    ['any, for a key that has an empty list', () => none, NAMED],
    ["the gateway's own", () => key, 'http://127.0.0.1:8787'],
  ])('%s: 403 and no CORS header', async (_, credential, origin) => {
    const answer = await ask(origin, bearer(credential()))
    expect(answer.status).toBe(403)
    expect(answer.text).toContain(origin)
    expect(answer.asked).toBe(0)
    // An origin that some other key was given may read the refusal; a stranger may not.
    if (!['https://own.example', NAMED].includes(origin)) expectUnreadable(answer)
  })

  it.each([
    ['without a key', {}, 401],
    ['with a wrong key', { authorization: 'Bearer wrong' }, 401],
  ])('%s: no CORS header either', async (_, headers, status) => {
    const answer = await ask('https://evil.example', headers)
    expect(answer.status).toBe(status)
    expectUnreadable(answer)
  })

  it('an address that is not served: no CORS header either', async () => {
    expectUnreadable(await ask('https://evil.example', bearer(key), BODY, '/api/v1/nothing'))
  })

  it('is not let in by a cached answer', async () => {
    const body = '{"model":"m","input":{"prompt":"cached"}}'
    expect((await ask(NAMED, { ...bearer(key), 'cache-control': 'max-age=60' }, body)).status).toBe(200)
    const answer = await ask('https://evil.example', { ...bearer(key), 'cache-control': 'max-age=60' }, body)
    expect(answer.status).toBe(403)
    expectUnreadable(answer)
  })
})

describe('P3 a page of a named origin reads answers and errors', () => {
  it.each<[string, () => string]>([
    [NAMED, () => key],
    ['https://a.pages.example', () => key],
    ['https://a.b.pages.example', () => key],
    ['http://localhost:5173', () => key],
    ['https://own.example', () => own],
    ['https://www.own.example', () => own],
  ])('%s', async (origin, credential) => {
    const answer = await ask(origin, bearer(credential()))
    expect(answer.status).toBe(200)
    expectReadable(answer, origin)
  })

  it('a stream', async () => {
    upstream.answer(events(['data:{"output":{}}\n\n']))
    const answer = await ask(NAMED, { ...bearer(key), 'x-dashscope-sse': 'enable' })
    upstream.answer(json('{"output":{}}'))
    expect(answer.text).toBe('data:{"output":{}}\n\n')
    expectReadable(answer, NAMED)
  })

  it('a cached answer, with the origin of the one who asks', async () => {
    const body = '{"model":"m","input":{"prompt":"shared"}}'
    expectReadable(await ask(NAMED, { ...bearer(key), 'cache-control': 'max-age=60' }, body), NAMED)
    const cached = (origin?: string) =>
      ask(origin, { ...bearer(key), 'cache-control': 'only-if-cached' }, body)
    await expect.poll(async () => (await cached()).status).toBe(200)
    expectReadable(await cached('http://localhost:5173'), 'http://localhost:5173')
    expectUnreadable(await cached())
  })

  it.each<[string, number, () => Promise<Answered>]>([
    ['no key', 401, () => ask(NAMED)],
    ['a wrong key', 401, () => ask(NAMED, { authorization: 'Bearer wrong' })],
    ['malformed JSON', 400, () => ask(NAMED, bearer(key), '{')],
    ['a bad parameter', 400, () => ask(NAMED, bearer(key), '{"model":""}')],
    ['another content type', 415, () => ask(NAMED, { ...bearer(key), 'content-type': 'text/plain' })],
    [
      'nothing cached',
      504,
      () =>
        ask(
          NAMED,
          { ...bearer(key), 'cache-control': 'only-if-cached' },
          '{"model":"m","input":{"prompt":"never"}}',
        ),
    ],
    [
      "somebody else's file",
      404,
      () => ask(NAMED, bearer(key), '{"model":"m","input":{"prompt":"fileid://file-1"}}'),
    ],
    ['an address that is not served', 404, () => ask(NAMED, bearer(key), BODY, '/api/v1/nothing')],
    ['a wrong method', 405, () => ask(NAMED, bearer(key), BODY, '/compatible-mode/v1/models')],
    ['no key, in the dialect of OpenAI', 401, () => ask(NAMED, {}, BODY, CHAT)],
    ['no key, in the dialect of Anthropic', 401, () => ask(NAMED, {}, BODY, MESSAGES)],
  ])("the gateway's own error: %s", async (_, status, request) => {
    const answer = await request()
    expect(answer.status).toBe(status)
    expectReadable(answer, NAMED)
  })

  it.each([400, 429, 500])("DashScope's error of status %d", async (status) => {
    upstream.answer(json('{"code":"C","message":"m"}', status, { 'access-control-allow-origin': '*' }))
    const answer = await ask(NAMED, bearer(key))
    upstream.answer(json('{"output":{}}'))
    expect(answer.status).toBe(status)
    expectReadable(answer, NAMED)
  })

  it('a DashScope that breaks off', async () => {
    upstream.answer((response) => void response.destroy())
    const answer = await ask(NAMED, bearer(key))
    upstream.answer(json('{"output":{}}'))
    expect(answer.status).toBe(502)
    expectReadable(answer, NAMED)
  })

  it('a request that no page sent needs no origin and gets no CORS header', async () => {
    for (const credential of [key, own, none]) {
      const answer = await ask(undefined, bearer(credential))
      expect(answer.status).toBe(200)
      expectUnreadable(answer)
    }
  })
})

describe('P3 preflights', () => {
  function preflight(origin: string | undefined, headers: string, path = TEXT, method = 'POST') {
    return send(gateway.address, {
      method: 'OPTIONS',
      path,
      headers: {
        ...(origin !== undefined && { origin }),
        'access-control-request-method': method,
        ...(headers && { 'access-control-request-headers': headers }),
      },
    })
  }

  it.each([
    ['fetch', TEXT, 'authorization,content-type'],
    [
      'fetch with the switches of a stream',
      TEXT,
      'authorization,content-type,x-accel-buffering,x-dashscope-sse',
    ],
    [
      'fetch-event-source on its second try',
      TEXT,
      'authorization,content-type,last-event-id,x-dashscope-sse',
    ],
    [
      'the OpenAI SDK',
      CHAT,
      'authorization,content-type,x-stainless-arch,x-stainless-helper-method,x-stainless-lang,x-stainless-os,x-stainless-package-version,x-stainless-retry-count,x-stainless-runtime,x-stainless-runtime-version,x-stainless-timeout',
    ],
    [
      'the Anthropic SDK',
      MESSAGES,
      'anthropic-dangerous-direct-browser-access,anthropic-version,content-type,x-api-key,x-stainless-arch,x-stainless-lang',
    ],
    ['a page that steers the cache', TEXT, 'authorization,cache-control,content-type,x-edge-cache-ttl'],
  ])('%s asks and is answered without a credential', async (_, path, asked) => {
    const before = upstream.seen.length
    const answer = await preflight(NAMED, asked, path)
    expect(answer.status).toBe(204)
    expect(answer.body.byteLength).toBe(0)
    expect(answer.headers['access-control-allow-origin']).toBe(NAMED)
    expect(answer.headers['access-control-allow-methods']?.split(', ')).toContain('POST')
    expect(answer.headers['access-control-allow-headers']?.split(', ').sort()).toEqual(asked.split(','))
    expect(Number(answer.headers['access-control-max-age'])).toBeGreaterThan(0)
    expect(answer.headers.vary).toMatch(/Origin/)
    expect(answer.headers).not.toHaveProperty('access-control-allow-credentials')
    expect(upstream.seen.length).toBe(before)
  })

  it.each(['https://a.pages.example', 'https://own.example', 'https://www.own.example'])(
    '%s is answered: some key was given it',
    async (origin) => {
      const answer = await preflight(origin, 'authorization')
      expect(answer.status).toBe(204)
      expect(answer.headers['access-control-allow-origin']).toBe(origin)
    },
  )

  it.each(['GET', 'DELETE'])('%s, where the endpoint has it', async (method) => {
    const answer = await preflight(NAMED, 'authorization', '/compatible-mode/v1/files/file-1', method)
    expect(answer.status).toBe(204)
    expect(answer.headers['access-control-allow-methods']?.split(', ')).toContain(method)
  })

  it('headers that no client has reason to send are not allowed', async () => {
    const answer = await preflight(NAMED, 'authorization,cookie,x-custom,cf-connecting-ip,x-forwarded-for')
    expect(answer.headers['access-control-allow-headers']).toBe('authorization')
  })

  it.each([
    ['a stranger', 'https://evil.example', TEXT],
    ['null', 'null', TEXT],
    ['an origin that only looks named', 'https://app.example.evil.example', TEXT],
  ])('%s gets no CORS header', async (_, origin, path) => {
    const answer = await preflight(origin, 'authorization,content-type', path)
    expect(answer.status).toBe(403)
    expectUnreadable(answer)
  })

  it.each(['/api/v1/deployments', '/edge/keys', '/edge/cache', '/'])(
    'an address that pages have no business with gets no CORS header: %s',
    async (path) => {
      const answer = await preflight(NAMED, 'authorization', path)
      expect([401, 404]).toContain(answer.status)
      expect(answer.headers).not.toHaveProperty('access-control-allow-methods')
      expect(answer.headers).not.toHaveProperty('access-control-allow-headers')
    },
  )

  it('OPTIONS without an origin is no preflight', async () => {
    expect((await preflight(undefined, '')).status).toBe(404)
  })
})
