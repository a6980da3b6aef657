import { describe, expect, it } from 'vitest'
import { MESSAGES, pastCache, TEXT } from '../harness/caller.ts'
import { useGateway } from '../harness/use-gateway.ts'
import { send } from '../harness/wire.ts'

const rig = useGateway({ ALLOWED_ORIGINS: 'https://app.example' })

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
  ['Authorization', () => ({ authorization: `Bearer ${rig.key}` })],
  ['x-api-key', () => ({ 'x-api-key': rig.key })],
  ['X-DashScope-ApiKey', () => ({ 'x-dashscope-apikey': rig.key })],
  [
    'all three',
    () => ({ authorization: `Bearer ${rig.key}`, 'x-api-key': rig.key, 'x-dashscope-apikey': rig.key }),
  ],
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
  it.each(cases)(
    'A request (%s) with its key in %s forwards nothing about the caller.',
    async (_what, _place, credential, method, path, body, extra) => {
      const before = rig.upstream.seen.length
      const response = await send(rig.gateway.address, {
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
      expect(response.status).toBe(200)
      const seen = rig.upstream.seen[before] ?? expect.unreachable()
      expect(seen.headers.authorization).toBe(`Bearer ${rig.gateway.apiKey}`)
      const { host, ...headers } = seen.headers
      expect(host).toBe(new URL(rig.upstream.address).host)
      const whole = JSON.stringify(headers) + seen.target
      expect(whole).not.toContain(rig.key)
      expect(whole).not.toMatch(/caller-secret|203\.0\.113\.7|127\.0\.0\.1|app\.example|gateway\.example/)
      for (const name of Object.keys(headers)) expect(name).toMatch(MAY_GO_UP)
    },
  )

  it('A header that is sent twice, once with a key, does not slip through.', async () => {
    const before = rig.upstream.seen.length
    const response = await send(rig.gateway.address, {
      method: 'POST',
      path: TEXT,
      headers: {
        authorization: [`Bearer ${rig.key}`, `Bearer ${rig.key}`],
        'x-api-key': [rig.key, rig.key],
        'content-type': 'application/json',
      },
      body: '{"model":"m","input":{"prompt":"twice"}}',
    })
    expect(response.status).toBe(200)
    expect(JSON.stringify(rig.upstream.seen[before]?.headers)).not.toContain(rig.key)
  })

  it.each(['api_key', 'apikey', 'key', 'access_token', 'API_KEY'])(
    'The parameter ?%s= is not forwarded.',
    async (name) => {
      for (const [method, path, body] of [
        ['POST', `${TEXT}?${name}=caller-secret`, '{"model":"m","input":{"prompt":"hi"}}'],
        ['GET', `/api/v1/uploads?action=getPolicy&${name}=caller-secret&model=m`, undefined],
      ] as const) {
        const before = rig.upstream.seen.length
        await send(rig.gateway.address, {
          method,
          path,
          headers: pastCache(rig.key),
          ...(body !== undefined && { body }),
        })
        expect(rig.upstream.seen[before]?.target).not.toMatch(/caller-secret/)
        expect(rig.upstream.seen.length).toBe(before + 1)
      }
    },
  )

  it('A key in the URL opens nothing.', async () => {
    const before = rig.upstream.seen.length
    const response = await send(rig.gateway.address, {
      path: `/compatible-mode/v1/models?api_key=${rig.key}&key=${rig.key}&access_token=${rig.key}`,
    })
    expect(response.status).toBe(401)
    expect(rig.upstream.seen.length).toBe(before)
  })
})
