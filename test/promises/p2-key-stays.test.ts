import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { CHAT, MESSAGES, TEXT } from '../harness/caller.ts'
import { ADMIN_TOKEN, startTestGateway } from '../harness/gateway.ts'
import { events, json, type Respond, startPlainUpstream } from '../harness/plain-upstream.ts'
import { useGateway } from '../harness/use-gateway.ts'
import { send, type WireResponse } from '../harness/wire.ts'

/** Everything the Worker wrote to its log; Miniflare prints it to the console. */
const logged: string[] = []

beforeAll(() => {
  for (const method of ['log', 'error'] as const) {
    vi.spyOn(console, method).mockImplementation((...words: unknown[]) => void logged.push(words.join(' ')))
  }
})
afterAll(() => {
  vi.restoreAllMocks()
})

const rig = useGateway()

const BODIES: Record<string, string> = {
  [TEXT]: '{"model":"m","input":{"prompt":"hi"}}',
  [CHAT]: '{"model":"m","messages":[{"role":"user","content":"hi"}]}',
  [MESSAGES]: '{"model":"m","max_tokens":9,"messages":[{"role":"user","content":"hi"}]}',
}

function ask(address: string, path: string, headers: Record<string, string> = {}, body = BODIES[path]) {
  return send(address, {
    method: 'POST',
    allowCut: true,
    path,
    headers: { authorization: `Bearer ${rig.key}`, 'content-type': 'application/json', ...headers },
    ...(body !== undefined && { body }),
  })
}

function expectNoKey(response: WireResponse, apiKey: string) {
  const whole = response.rawHeaders.join('\n') + response.text
  expect(whole).not.toContain(apiKey)
  expect(whole).not.toContain(apiKey.slice(3))
  expect(whole).not.toContain(Buffer.from(apiKey).toString('base64').slice(0, 40))
  expect(whole).not.toContain(ADMIN_TOKEN)
}

/** Every way an upstream has of answering, most of them bad. */
const RESPONSES: Record<string, Respond> = {
  'a good answer': json('{"output":{"text":"ok"}}'),
  'a good stream': events(['data:{"output":{}}\n\n']),
  'a refusal of the key': json('{"code":"InvalidApiKey","message":"Invalid API-key provided."}', 401),
  'a page of HTML': (response) =>
    void response.writeHead(502, { 'content-type': 'text/html' }).end('<h1>502</h1>'),
  'a page of HTML with status 200': (response) =>
    void response.writeHead(200, { 'content-type': 'text/html' }).end('<h1>hi</h1>'),
  'a redirect': (response) => void response.writeHead(302, { location: 'https://elsewhere.invalid/' }).end(),
  'no answer at all': (response) => void response.destroy(),
  'half an answer': (response) => {
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': 100 })
    response.write('{"output":', () => response.destroy())
  },
  'half a stream': (response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    response.write('data:{"output":{}}\n\ndata:{', () => response.destroy())
  },
  'an error in the first event': events(['event:error\ndata:{"code":"Throttling","message":"m"}\n\n']),
  'headers that repeat the key': (response, seen) =>
    void response
      .writeHead(200, {
        'content-type': 'application/json',
        'x-debug': seen.headers.authorization,
        'x-dashscope-apikey': seen.headers.authorization,
        'set-cookie': `key=${seen.headers.authorization}`,
      })
      .end('{"output":{}}'),
}

describe('P2 the DashScope key is in no response', () => {
  for (const [what, respond] of Object.entries(RESPONSES)) {
    it.each([TEXT, CHAT, MESSAGES])(
      `The key is in no response when the upstream gives ${what}: %s`,
      async (path) => {
        rig.upstream.answer(respond)
        expectNoKey(await ask(rig.gateway.address, path, { 'cache-control': 'no-store' }), rig.gateway.apiKey)
        expectNoKey(await ask(rig.gateway.address, path, { 'x-dashscope-sse': 'enable' }), rig.gateway.apiKey)
      },
    )
  }

  it.each<[string, string, Record<string, string>]>([
    ['POST', TEXT, {}],
    ['POST', TEXT, { authorization: 'Bearer wrong' }],
    ['GET', TEXT, {}],
    ['GET', '/', {}],
    ['GET', '/edge/health', {}],
    ['GET', '/edge/keys', { authorization: `Bearer ${ADMIN_TOKEN}` }],
    ['GET', '/edge/keys', { authorization: 'Bearer wrong' }],
    ['GET', '/edge/nothing', {}],
    ['GET', '/api/v1/tasks/unknown', {}],
    ['OPTIONS', TEXT, { origin: 'https://app.example' }],
  ])('The key is in no response of the gateway itself: %s %s', async (method, path, headers) => {
    expectNoKey(await send(rig.gateway.address, { method, path, headers }), rig.gateway.apiKey)
  })
})

describe('an error of DashScope that quotes a key', () => {
  const quoted = (key: string) => `Incorrect API key provided: ${key}. You can find your key in the console.`

  it.each([400, 401, 403, 404, 429, 500])(
    'The error reaches the caller without the key: %s',
    async (status) => {
      for (const path of [TEXT, CHAT, MESSAGES]) {
        const error = {
          message: quoted(rig.gateway.apiKey),
          type: 'invalid_request_error',
          code: 'invalid_api_key',
        }
        rig.upstream.answer(
          json(JSON.stringify(path === TEXT ? { ...error, request_id: 'r' } : { error }), status),
        )
        const response = await ask(rig.gateway.address, path, { 'cache-control': 'no-store' })
        expectNoKey(response, rig.gateway.apiKey)
        if (status !== 401) expect(response.text).toContain('Incorrect API key provided: sk-… You can find')
      }
    },
  )

  it.each(['sk-0123456789abcdef0123456789abcdef', 'dse_0123456789abcdef0123456789abcdef'])(
    'The error reaches the caller without another key that it quotes: %s',
    async (key) => {
      rig.upstream.answer(json(JSON.stringify({ code: 'InvalidParameter', message: quoted(key) }), 400))
      const response = await ask(rig.gateway.address, TEXT, { 'cache-control': 'no-store' })
      expect(response.text).not.toContain(key)
      expect(response.text).toContain('You can find your key in the console.')
    },
  )

  it('The error in the first event of a stream reaches the caller without the key, too.', async () => {
    const data = JSON.stringify({ code: 'InvalidParameter', message: quoted(rig.gateway.apiKey) })
    rig.upstream.answer(events([`event:error\n:HTTP_STATUS/400\ndata:${data}\n\n`]))
    const response = await ask(rig.gateway.address, TEXT, { 'x-dashscope-sse': 'enable' })
    expectNoKey(response, rig.gateway.apiKey)
    expect(response.text).toContain('Incorrect API key provided')
  })

  it('An error is passed byte for byte if there is nothing to cut out, even if it is not UTF-8.', async () => {
    const bytes = Buffer.from('{ "code":"X" ,"message":"sk-short \xff key" }', 'latin1')
    rig.upstream.answer(
      (response) => void response.writeHead(400, { 'content-type': 'application/json' }).end(bytes),
    )
    const response = await ask(rig.gateway.address, TEXT, { 'cache-control': 'no-store' })
    expect(response.body).toEqual(bytes)
  })
})

describe('P2 the DashScope key is in nothing that is stored', () => {
  it('The key is neither in cached responses nor in records of client keys, and no client key is stored in clear.', async () => {
    rig.upstream.answer(json('{"output":{"text":"kept"}}', 200, { 'x-request-id': 'kept' }))
    const body = '{"model":"m","input":{"prompt":"keep me"}}'
    const asked = await ask(rig.gateway.address, TEXT, {}, body)
    expect(asked.headers['cache-status']).toMatch(/stored/)
    const cache = rig.gateway.kv('CACHE')
    await expect.poll(async () => (await cache.list()).keys.length).toBeGreaterThan(0)
    for (const name of ['CACHE', 'KEYS'] as const) {
      const namespace = rig.gateway.kv(name)
      const { keys } = await namespace.list()
      expect(keys.length).toBeGreaterThan(0)
      const values = await Promise.all(keys.map((entry) => namespace.get(entry.name)))
      const kept = JSON.stringify(keys) + values.join('\n')
      expect(kept).not.toContain(rig.gateway.apiKey)
      expect(kept).not.toContain(rig.key)
      expect(kept).not.toContain(ADMIN_TOKEN)
    }
  })
})

describe('P2 an unreachable DashScope', () => {
  it.each([TEXT, CHAT, MESSAGES])('The response is a 502 without key, URL or stack: %s', async (path) => {
    const gone = await startPlainUpstream()
    await gone.stop()
    const unreachable = await startTestGateway({ DASHSCOPE_BASE_URL: gone.address })
    try {
      const own = await unreachable.issueKey()
      const before = logged.length
      const response = await ask(unreachable.address, path, { authorization: `Bearer ${own.key}` })
      expect(response.status).toBe(502)
      expect(response.text).toContain('DashScope could not be reached. Try again in a moment.')
      expectNoKey(response, unreachable.apiKey)
      expect(response.text).not.toContain(new URL(gone.address).port)
      expect(response.text).not.toMatch(/\bat \w+ \(|\.ts:|\.js:/)
      await expect.poll(() => logged.slice(before).join('\n')).toContain('could not be reached')
      expect(logged.join('\n')).not.toContain(unreachable.apiKey)
      expect(logged.join('\n')).not.toContain(own.key)
    } finally {
      await unreachable.stop()
    }
  })
})

describe('P2 the log', () => {
  it("The log reports failures and holds no key, neither DashScope's nor a caller's.", async () => {
    rig.upstream.answer((response) => void response.destroy())
    await ask(rig.gateway.address, TEXT, { 'cache-control': 'no-store' })
    await expect.poll(() => logged.join('\n')).toMatch(/status: 502|"status":502/)
    const whole = logged.join('\n')
    expect(whole).not.toContain(rig.gateway.apiKey)
    expect(whole).not.toContain(rig.key)
    expect(whole).not.toContain(ADMIN_TOKEN)
  })
})
