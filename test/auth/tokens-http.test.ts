import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ask, CHAT, chatBody, json, MESSAGES, messagesBody, nativeBody, TEXT } from '../harness/caller.ts'
import { ADMIN_TOKEN, startTestGateway, type TestGateway } from '../harness/gateway.ts'

interface Minted {
  token: string
  id: string
}

let gateway: TestGateway

beforeAll(async () => {
  gateway = await startTestGateway({ CACHE_TTL_SECONDS: '0', ALLOWED_ORIGINS: 'https://app.example' })
})

afterAll(() => gateway.stop())

function post(key: string, path: string, body: unknown, headers: Record<string, string> = {}) {
  return ask({ address: gateway.address, key, path, body, headers })
}

async function mint(key: string, body: object): Promise<Minted> {
  const response = await post(key, '/edge/tokens', body)
  expect(response.status).toBe(201)
  return json<Minted>(response)
}

/** What reached DashScope of a request that was let through. */
async function upstreamBody(token: string, path: string, body: unknown): Promise<string> {
  const response = await post(token, path, body)
  expect(response.status, await response.clone().text()).toBe(200)
  await response.text()
  return (await gateway.calls()).at(-1)?.body ?? ''
}

async function expectRefusal(response: Response, status: number, text: string): Promise<void> {
  expect(await response.text()).toContain(text)
  expect(response.status).toBe(status)
}

describe('a session token at the gateway', () => {
  it('A token allows what was granted, and request bodies go upstream unchanged.', async () => {
    const { key } = await gateway.issueKey({ models: ['qwen-*'] })
    const { token } = await mint(key, { models: ['qwen-plus'] })
    const body = '{ "model":"qwen-plus", "messages":[{"role":"user","content":"\\u00fc"}],"seed":12345678 }'
    expect(await upstreamBody(token, CHAT, body)).toBe(body)
    await expectRefusal(await post(token, CHAT, chatBody('qwen-max', 'x')), 403, 'qwen-max')
    await expectRefusal(await post(token, CHAT, chatBody('QWEN-plus', 'x')), 403, 'QWEN-plus')
    await expectRefusal(await post(token, CHAT, chatBody('qwen-plus ', 'x')), 403, 'may not use')
  })

  it('A token is minted without a body, and with an empty body of any type.', async () => {
    const { key } = await gateway.issueKey()
    const authorization = `Bearer ${key}`
    for (const init of [
      { headers: { authorization } },
      { headers: { authorization }, body: '' },
      { headers: { authorization, 'content-type': 'application/x-www-form-urlencoded' }, body: '' },
      { headers: { authorization, 'content-type': 'application/json' } },
      {
        headers: { authorization },
        body: new ReadableStream({ start: (pipe) => pipe.close() }),
        duplex: 'half',
      },
    ]) {
      const response = await fetch(`${gateway.address}/edge/tokens`, {
        method: 'POST',
        ...init,
      } as RequestInit)
      expect(response.status).toBe(201)
      const { token } = await json<Minted>(response)
      expect((await post(token, CHAT, chatBody('qwen-plus', 'x'))).status).toBe(200)
    }
    const anonymous = await fetch(`${gateway.address}/edge/tokens`, { method: 'POST' })
    await expectRefusal(anonymous, 401, 'is issued for a client key')
    await expectRefusal(await post(key, '/edge/tokens', '{}', { 'content-type': 'text/plain' }), 415, 'JSON')
    await expectRefusal(await post(key, '/edge/tokens', ' '), 400, 'not valid JSON')
  })

  it('A token cannot be widened at the mint and cannot mint another token.', async () => {
    const { key } = await gateway.issueKey({ models: ['qwen-plus'] })
    await expectRefusal(await post(key, '/edge/tokens', { models: ['qwen-*'] }), 403, 'models[0]')
    const { token } = await mint(key, {})
    await expectRefusal(await post(token, '/edge/tokens', {}), 403, 'cannot be used to get another one')
  })

  it('A changed token is refused, as is one used for the operator or for another user.', async () => {
    const { key } = await gateway.issueKey()
    const { token } = await mint(key, {})
    const claims = JSON.parse(Buffer.from(token.slice(4).split('.')[0] ?? '', 'base64url').toString())
    const changed = Buffer.from(JSON.stringify({ ...claims, exp: claims.exp + 9999 })).toString('base64url')
    for (const bad of [`dst_${changed}.${token.split('.')[1]}`, `dst_${changed}.`, token.slice(0, -2)]) {
      await expectRefusal(
        await post(bad, CHAT, chatBody('qwen-plus', 'x')),
        401,
        'not issued by this gateway',
      )
    }
    expect((await post(token, '/edge/keys', { name: 'mine' })).status).toBe(401)
  })

  it('Frozen parts are written into the body, and every other byte stays.', async () => {
    const { key } = await gateway.issueKey()
    const frozen = { model: 'qwen-plus', system: 'Be brief.', parameters: { temperature: 0.1 } }
    const { token } = await mint(key, { frozen })
    expect(await upstreamBody(token, CHAT, '{"messages":[{"role":"user","content":"hi"}], "seed":12}')).toBe(
      '{"model":"qwen-plus","temperature":0.1,"messages":[{"role":"system","content":"Be brief."},{"role":"user","content":"hi"}], "seed":12}',
    )
    expect(await upstreamBody(token, TEXT, '{"input":{"messages":[{"role":"user","content":"hi"}]}}')).toBe(
      '{"model":"qwen-plus","parameters":{"temperature":0.1},"input":{"messages":[{"role":"system","content":"Be brief."},{"role":"user","content":"hi"}]}}',
    )
    expect(
      await upstreamBody(token, MESSAGES, '{"max_tokens":9,"messages":[{"role":"user","content":"hi"}]}'),
    ).toBe(
      '{"model":"qwen-plus","system":"Be brief.","temperature":0.1,"max_tokens":9,"messages":[{"role":"user","content":"hi"}]}',
    )
    for (const [body, field] of [
      [chatBody('qwen-max', 'x'), 'model'],
      [chatBody('qwen-plus', 'x', { temperature: 1 }), 'temperature'],
      [{ messages: [{ role: 'system', content: 'Be long.' }] }, 'messages[0]'],
    ] as const) {
      await expectRefusal(await post(token, CHAT, body), 403, `${field}: the session token freezes`)
    }
  })

  it('A token ends with its key.', async () => {
    const { id, key } = await gateway.issueKey()
    const { token } = await mint(key, {})
    expect((await post(token, CHAT, chatBody('qwen-plus', 'x'))).status).toBe(200)
    const revoked = await fetch(`${gateway.address}/edge/keys/${id}`, {
      method: 'DELETE',
      headers: { authorization: `Bearer ${ADMIN_TOKEN}` },
    })
    expect(revoked.status).toBe(204)
    await expectRefusal(await post(token, CHAT, chatBody('qwen-plus', 'x')), 401, 'was revoked')
  })

  it('Only pages of known origins may mint a token.', async () => {
    const { key } = await gateway.issueKey({ origins: ['https://app.example'] })
    const own = await post(key, '/edge/tokens', {}, { origin: 'https://app.example' })
    expect(own.headers.get('access-control-allow-origin')).toBe('https://app.example')
    expect(own.status).toBe(201)
    const foreign = await post(key, '/edge/tokens', {}, { origin: 'https://evil.example' })
    expect(foreign.headers.get('access-control-allow-origin')).toBeNull()
    expect(foreign.status).toBe(403)
  })
})

describe('a policy at the gateway', () => {
  it('A body that two JSON parsers would read differently is refused.', async () => {
    const { key } = await gateway.issueKey({ models: ['qwen-plus'] })
    const before = (await gateway.calls()).length
    for (const model of [
      '"model":"qwen-max","model":"qwen-plus"',
      '"m\\u006fdel":"qwen-max","model":"qwen-plus"',
    ]) {
      const body = `{${model},"messages":[{"role":"user","content":"x"}]}`
      await expectRefusal(await post(key, CHAT, body), 400, 'model: the key is repeated')
    }
    const trick =
      '{"__proto__":{"model":"qwen-max"},"model":"qwen-plus","messages":[{"role":"user","content":"x"}]}'
    await expectRefusal(await post(key, CHAT, trick), 400, '__proto__')
    expect(await gateway.calls()).toHaveLength(before)
  })

  it('Caps bound what a request asks for, in every dialect.', async () => {
    const { key } = await gateway.issueKey({ caps: { max_tokens: 50, tools: false } })
    await expectRefusal(await post(key, TEXT, nativeBody('qwen-plus', 'x')), 403, 'parameters.max_tokens')
    await expectRefusal(
      await post(key, CHAT, chatBody('qwen-plus', 'x', { max_tokens: 51 })),
      403,
      'max_tokens',
    )
    await expectRefusal(await post(key, MESSAGES, messagesBody('qwen-plus', 'x')), 403, 'max_tokens')
    const tools = [{ type: 'function', function: { name: 'f' } }]
    await expectRefusal(
      await post(key, CHAT, chatBody('qwen-plus', 'x', { max_tokens: 5, tools })),
      403,
      'tools',
    )
    expect((await post(key, TEXT, nativeBody('qwen-plus', 'x', { max_tokens: 50 }))).status).toBe(200)
  })

  it('Only listed IP addresses get in.', async () => {
    const { key } = await gateway.issueKey({ ip_ranges: ['192.0.2.0/24'] })
    const body = chatBody('qwen-plus', 'x')
    await expectRefusal(await post(key, CHAT, body), 403, 'not known')
    const from = (address: string) => post(key, CHAT, body, { 'cf-connecting-ip': address })
    await expectRefusal(await from('198.51.100.1'), 403, 'may not be used from the IP address')
    expect((await from('::ffff:192.0.2.1')).status).toBe(200)
  })
})
