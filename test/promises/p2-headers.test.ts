import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { startTestGateway, type TestGateway } from '../harness/gateway.ts'
import { events, json, type PlainUpstream, startPlainUpstream } from '../harness/plain-upstream.ts'
import { send, type WireAnswer } from '../harness/wire.ts'

const TEXT = '/api/v1/services/aigc/text-generation/generation'
const MESSAGES = '/apps/anthropic/v1/messages'

let upstream: PlainUpstream
let gateway: TestGateway
let key: string

beforeAll(async () => {
  // The log of the Worker: what it may say is tested beside the key itself.
  vi.spyOn(console, 'error').mockImplementation(() => undefined)
  upstream = await startPlainUpstream()
  gateway = await startTestGateway({
    DASHSCOPE_BASE_URL: upstream.address,
    ALLOWED_ORIGINS: 'https://app.example',
  })
  key = (await gateway.issueKey()).key
})
afterAll(async () => {
  vi.restoreAllMocks()
  await gateway.stop()
  await upstream.stop()
})

/** What a caller, its browser and the proxies on its way may add, none of it DashScope's business. */
const PRIVATE = {
  cookie: 'session=caller-secret',
  'x-forwarded-for': '203.0.113.7',
  'x-forwarded-proto': 'https',
  'x-forwarded-host': 'gateway.example',
  'cf-connecting-ip': '203.0.113.7',
  'cf-ipcountry': 'DE',
  'cf-ray': '1234-FRA',
  'true-client-ip': '203.0.113.7',
  'x-real-ip': '203.0.113.7',
  forwarded: 'for=203.0.113.7',
  via: '1.1 proxy.caller.example',
  origin: 'https://app.example',
  referer: 'https://app.example/private/page?token=caller-secret',
  'proxy-authorization': 'Basic caller-secret',
  'sec-fetch-site': 'cross-site',
  'sec-ch-ua-platform': '"Linux"',
  'accept-language': 'de-DE',
  'if-none-match': '"caller-secret"',
  range: 'bytes=0-1',
  traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
  'x-edge-cache-ttl': '600',
  'idempotency-key': 'caller-secret',
  'x-stainless-os': 'Linux',
  'x-dashscope-apikey': '',
  'x-custom': 'caller-secret',
}

/** The whole list of what may go up; `connection` and `cf-worker` are the runtime's own. */
const MAY_GO_UP =
  /^(content-type|content-length|accept|accept-encoding|user-agent|x-accel-buffering|anthropic-version|anthropic-beta|openai-beta|authorization|connection|cf-worker|x-dashscope-(?!apikey$).+)$/

const credentials: [string, () => Record<string, string>][] = [
  ['Authorization', () => ({ authorization: `Bearer ${key}` })],
  ['x-api-key', () => ({ 'x-api-key': key })],
  ['X-DashScope-ApiKey', () => ({ 'x-dashscope-apikey': key })],
  ['all three', () => ({ authorization: `Bearer ${key}`, 'x-api-key': key, 'x-dashscope-apikey': key })],
]

describe('P2 what a caller sends about itself never reaches DashScope', () => {
  const requests: [string, string, string, string | undefined, Record<string, string>][] = [
    ['an answer', 'POST', TEXT, '{"model":"m","input":{"prompt":"hi"}}', {}],
    ['a stream', 'POST', TEXT, '{"model":"m","input":{"prompt":"hi"}}', { 'x-dashscope-sse': 'enable' }],
    [
      'an Anthropic answer',
      'POST',
      MESSAGES,
      '{"model":"m","max_tokens":9,"messages":[{"role":"user","content":"hi"}]}',
      { 'anthropic-version': '2023-06-01' },
    ],
    ['the models', 'GET', '/compatible-mode/v1/models', undefined, {}],
    ['an upload policy', 'GET', '/api/v1/uploads?action=getPolicy&model=m', undefined, {}],
  ]
  const cases = requests.flatMap(([what, ...rest]) =>
    credentials.map(([place, headers]) => [what, place, headers, ...rest] as const),
  )
  it.each(cases)('%s, key in %s', async (_what, _place, credential, method, path, body, extra) => {
    const before = upstream.seen.length
    const answer = await send(gateway.address, {
      method,
      path,
      headers: {
        ...PRIVATE,
        'content-type': 'application/json',
        'cache-control': 'no-store',
        ...extra,
        ...credential(),
      },
      ...(body !== undefined && { body }),
    })
    expect(answer.status).toBe(200)
    const seen = upstream.seen[before] ?? expect.unreachable()
    expect(seen.headers.authorization).toBe(`Bearer ${gateway.apiKey}`)
    const { host, ...headers } = seen.headers
    expect(host).toBe(new URL(upstream.address).host)
    const whole = JSON.stringify(headers) + seen.target
    expect(whole).not.toContain(key)
    expect(whole).not.toMatch(/caller-secret|203\.0\.113\.7|127\.0\.0\.1|app\.example|gateway\.example/)
    for (const name of Object.keys(headers)) expect(name).toMatch(MAY_GO_UP)
  })

  it('a header that was sent twice, once of them with a key, does not slip through', async () => {
    const before = upstream.seen.length
    const answer = await send(gateway.address, {
      method: 'POST',
      path: TEXT,
      headers: {
        authorization: [`Bearer ${key}`, `Bearer ${key}`],
        'x-api-key': [key, key],
        'content-type': 'application/json',
      },
      body: '{"model":"m","input":{"prompt":"twice"}}',
    })
    expect(answer.status).toBe(200)
    expect(JSON.stringify(upstream.seen[before]?.headers)).not.toContain(key)
  })

  it.each(['api_key', 'apikey', 'key', 'access_token', 'API_KEY'])('?%s= stays here', async (name) => {
    for (const [method, path, body] of [
      ['POST', `${TEXT}?${name}=caller-secret`, '{"model":"m","input":{"prompt":"hi"}}'],
      ['GET', `/api/v1/uploads?action=getPolicy&${name}=caller-secret&model=m`, undefined],
    ] as const) {
      const before = upstream.seen.length
      await send(gateway.address, {
        method,
        path,
        headers: {
          authorization: `Bearer ${key}`,
          'content-type': 'application/json',
          'cache-control': 'no-store',
        },
        ...(body !== undefined && { body }),
      })
      expect(upstream.seen[before]?.target).not.toMatch(/caller-secret/)
      expect(upstream.seen.length).toBe(before + 1)
    }
  })

  it('a key in the address opens nothing', async () => {
    const before = upstream.seen.length
    const answer = await send(gateway.address, {
      path: `/compatible-mode/v1/models?api_key=${key}&key=${key}&access_token=${key}`,
    })
    expect(answer.status).toBe(401)
    expect(upstream.seen.length).toBe(before)
  })
})

describe('P2 what DashScope says about itself and its account never reaches the caller', () => {
  const LEAKS = {
    'set-cookie': 'acw_tc=upstream-secret;path=/;HttpOnly',
    server: 'istio-envoy',
    'x-powered-by': 'upstream-secret',
    'x-envoy-upstream-service-time': '4',
    'x-envoy-decorator-operation': 'upstream-secret',
    'eagleeye-traceid': 'upstream-secret',
    'x-dashscope-uid': 'upstream-secret',
    'x-dashscope-apikeyid': 'upstream-secret',
    'x-dashscope-requestid': 'upstream-secret',
    'x-dashscope-inner-flow-control-meta': 'upstream-secret',
    'x-dashscope-inner-anything': 'upstream-secret',
    'x-dashscope-experiments': 'upstream-secret',
    authorization: 'Bearer upstream-secret',
    'www-authenticate': 'Bearer realm="upstream-secret"',
    'access-control-allow-origin': '*',
    'access-control-allow-credentials': 'true',
    'access-control-expose-headers': '*',
    etag: '"upstream-secret"',
    'last-modified': 'Mon, 25 Nov 2024 05:52:24 GMT',
    link: '<https://upstream-secret.example>; rel=preload',
    location: 'https://upstream-secret.example/',
    'cache-control': 'public, max-age=86400',
    age: '86400',
    'cache-status': 'upstream-secret; hit',
    'server-timing': 'upstream-secret;dur=1',
    'x-edge-request-id': 'upstream-secret',
    'alt-svc': 'h3=":443"',
    'strict-transport-security': 'max-age=1',
    nel: '{"report_to":"upstream-secret"}',
    'report-to': '{"group":"upstream-secret"}',
  }
  const GOOD = { 'x-request-id': 'request-1', 'req-cost-time': '361', 'x-dashscope-call-gateway': 'true' }

  /** The whole list of what an answer may carry. */
  const MAY_COME_DOWN =
    /^(content-type|content-length|content-language|content-disposition|transfer-encoding|connection|keep-alive|date|x-request-id|request-id|retry-after|x-dashscope-(call-gateway|finished|timeout|outputencrypted)|req-cost-time|req-arrive-time|resp-start-time|cache-control|cache-status|age|server-timing|x-edge-request-id|x-edge-attempts|x-accel-buffering|vary|www-authenticate)$/

  function ask(headers: Record<string, string>, prompt: string): Promise<WireAnswer> {
    return send(gateway.address, {
      method: 'POST',
      path: TEXT,
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json', ...headers },
      body: `{"model":"m","input":{"prompt":"${prompt}"}}`,
    })
  }

  function expectClean(answer: WireAnswer) {
    for (const name of Object.keys(answer.headers)) expect(name).toMatch(MAY_COME_DOWN)
    expect(answer.rawHeaders.join('\n')).not.toMatch(/upstream-secret|istio|86400|acw_tc/)
    expect(answer.headers).not.toHaveProperty('www-authenticate')
    expect(answer.headers['cache-control']).toMatch(/^no-store/)
  }

  it('in a live answer', async () => {
    upstream.answer(json('{"output":{}}', 200, { ...LEAKS, ...GOOD }))
    const answer = await ask({ 'cache-control': 'no-store' }, 'live')
    expect(answer.status).toBe(200)
    expectClean(answer)
    for (const [name, value] of Object.entries(GOOD)) expect(answer.headers[name]).toBe(value)
  })

  it('in a stream', async () => {
    upstream.answer(events(['id:1\nevent:result\ndata:{"output":{}}\n\n'], { ...LEAKS, ...GOOD }))
    const answer = await ask({ 'x-dashscope-sse': 'enable' }, 'stream')
    expect(answer.status).toBe(200)
    expectClean(answer)
    expect(answer.headers['x-request-id']).toBe('request-1')
  })

  it('in an answer that is stored, and in the entry', async () => {
    upstream.answer(json('{"output":{}}', 200, { ...LEAKS, ...GOOD }))
    expectClean(await ask({}, 'stored'))
    const cached = () => ask({ 'cache-control': 'only-if-cached' }, 'stored')
    await expect.poll(async () => (await cached()).status).toBe(200)
    const hit = await cached()
    expect(hit.headers['cache-status']).toMatch(/hit/)
    expectClean(hit)
    const cache = await gateway.miniflare.getKVNamespace('CACHE')
    const { keys } = await cache.list()
    expect(keys.length).toBeGreaterThan(0)
    expect(JSON.stringify(keys)).not.toMatch(/upstream-secret|istio|acw_tc/)
  })

  it.each([400, 401, 429, 500])('in an error of status %d', async (status) => {
    upstream.answer(json('{"code":"C","message":"m"}', status, { ...LEAKS, ...GOOD }))
    const answer = await ask({ 'cache-control': 'no-store' }, 'error')
    expect(answer.status).toBe(status)
    expectClean(answer)
  })

  it('in an error out of the first event of a stream', async () => {
    upstream.answer(events(['event:error\n:HTTP_STATUS/429\ndata:{"code":"C","message":"m"}\n\n'], LEAKS))
    const answer = await ask({ 'x-dashscope-sse': 'enable' }, 'first event')
    expect(answer.status).toBe(429)
    expectClean(answer)
  })

  it.each([301, 302, 303, 307, 308])('a redirect (%d) is neither followed nor shown', async (status) => {
    const before = upstream.seen.length
    upstream.answer((response) => {
      response.writeHead(status, { ...LEAKS, location: `${upstream.address}/elsewhere` }).end()
    })
    const answer = await ask({ 'cache-control': 'no-store' }, 'redirect')
    expect(answer.status).toBe(502)
    expect(answer.headers).not.toHaveProperty('location')
    expectClean(answer)
    expect(upstream.seen.slice(before).map(({ target }) => target)).toEqual([TEXT])
  })
})
