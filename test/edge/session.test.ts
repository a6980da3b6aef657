import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { KeyRegistry } from '../../src/keys/registry.ts'
import { ADMIN_TOKEN, startTestGateway, type TestGateway } from '../harness/gateway.ts'

/** The members of responses that the tests look at. */
interface Result {
  message: string
  token: string
  max_body_bytes: number
  currency: string
  units: Record<string, string>
  prices: Record<string, { tiers?: unknown[] }>
}

let gateway: TestGateway
let key: string

beforeAll(async () => {
  gateway = await startTestGateway()
  key = (await gateway.issueKey({ limits: { requests_per_minute: 60 } })).key
})
afterAll(() => gateway.stop())

function ask(
  path: string,
  credential: string,
  init: RequestInit & { headers?: Record<string, string> } = {},
) {
  const headers = { authorization: `Bearer ${credential}`, ...init.headers }
  return fetch(gateway.address + path, { ...init, headers })
}

function json(response: Response): Promise<Result> {
  return response.json() as Promise<Result>
}

async function signIn(body?: object, headers: Record<string, string> = {}) {
  const response = await ask('/edge/session', ADMIN_TOKEN, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    ...(body && { body: JSON.stringify(body) }),
  })
  expect(response.status).toBe(201)
  return response.json() as Promise<{ token: string; expires_at: string; expires_in: number; scope: string }>
}

describe('POST /edge/session', () => {
  it('ADMIN_TOKEN is exchanged for a session of 30 minutes that can only read.', async () => {
    const { token, expires_at, expires_in, scope } = await signIn()
    expect(token).toMatch(/^dso_[\w.-]+$/)
    expect({ expires_in, scope }).toEqual({ expires_in: 1800, scope: 'read' })
    expect(Date.parse(expires_at) - Date.now()).toBeGreaterThan(1_790_000)
    expect((await ask('/edge/keys', token)).status).toBe(200)
    const refused = await ask('/edge/keys', token, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ name: 'x' }),
    })
    expect(refused.status).toBe(403)
    expect((await json(refused)).message).toContain('read-only')
  })

  it('The scope "all" is granted when it is requested, and any other scope is refused.', async () => {
    const { token } = await signIn({ scope: 'all' })
    const made = await ask('/edge/keys', token, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ name: 'made in a session' }),
    })
    expect(made.status).toBe(201)
    const wrong = await ask('/edge/session', ADMIN_TOKEN, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ scope: 'write' }),
    })
    expect(wrong.status).toBe(400)
  })

  it('A session, a client key, a wrong token and pages of another origin are refused.', async () => {
    const { token } = await signIn({ scope: 'all' })
    for (const credential of [token, key, 'wrong-token-of-the-tests']) {
      expect((await ask('/edge/session', credential, { method: 'POST' })).status).toBe(401)
    }
    const foreign = { method: 'POST', headers: { origin: 'https://evil.example' } }
    expect((await ask('/edge/session', ADMIN_TOKEN, foreign)).status).toBe(403)
  })
})

describe('an operator session', () => {
  it('A session works for the page that it was made for and for no other.', async () => {
    const own = await signIn({}, { origin: gateway.address })
    const from = (origin: string) => ask('/edge/keys', own.token, { headers: { origin } })
    expect((await from(gateway.address)).status).toBe(200)
    expect((await ask('/edge/keys', own.token)).status).toBe(200)
    expect((await from('https://evil.example')).status).toBe(401)
    const withoutPage = await signIn()
    const headers = { origin: gateway.address }
    expect((await ask('/edge/keys', withoutPage.token, { headers })).status).toBe(401)
  })

  it('A session opens the deep health check and the usage of all keys.', async () => {
    const { token } = await signIn()
    expect((await ask('/edge/usage', token)).status).toBe(200)
    expect((await ask('/edge/health?deep=1', token)).status).toBe(200)
  })

  it('A session that was changed or is used as a session token is refused.', async () => {
    const { token } = await signIn()
    const [payload = '', signature = ''] = token.split('.')
    const flipped = `${payload.slice(0, -1)}${payload.endsWith('A') ? 'B' : 'A'}.${signature}`
    for (const wrong of [flipped, token.slice(0, -1), token.replace('dso_', 'dst_')]) {
      expect((await ask('/edge/keys', wrong)).status, wrong).toBe(401)
    }
  })

  it('A session ends when it is deleted.', async () => {
    const { token } = await signIn()
    expect((await ask('/edge/session', token, { method: 'DELETE' })).status).toBe(204)
    expect((await ask('/edge/keys', token)).status).toBe(401)
    expect((await ask('/edge/session', ADMIN_TOKEN, { method: 'DELETE' })).status).toBe(400)
  })
})

describe('a session that was ended elsewhere', () => {
  /** The object of the registry, as another isolate would call it. */
  const registry = {
    endSession: (...args: Parameters<KeyRegistry['endSession']>) =>
      gateway.call({ binding: 'REGISTRY', object: 'registry', method: 'endSession', args }),
    isSessionEnded: (...args: Parameters<KeyRegistry['isSessionEnded']>) =>
      gateway.call({ binding: 'REGISTRY', object: 'registry', method: 'isSessionEnded', args }),
  }

  function idOf(token: string): string {
    const [claims = ''] = token.slice('dso_'.length).split('.')
    return (JSON.parse(Buffer.from(claims, 'base64url').toString()) as { id: string }).id
  }

  it('It opens nothing here, and other sessions go on.', async () => {
    const [ended, other] = [await signIn(), await signIn()]
    const nowMs = Date.now()
    await registry.endSession(idOf(ended.token), nowMs / 1000 + 1800, nowMs)
    expect((await ask('/edge/keys', ended.token)).status).toBe(401)
    expect((await ask('/edge/keys', other.token)).status).toBe(200)
  })

  it('It is forgotten once it would have ended by itself.', async () => {
    const nowMs = Date.now()
    await registry.endSession('ses_old', nowMs / 1000 - 60, nowMs)
    expect(await registry.isSessionEnded('ses_old')).toBe(true)
    await registry.endSession('ses_new', nowMs / 1000 + 60, nowMs)
    expect([await registry.isSessionEnded('ses_old'), await registry.isSessionEnded('ses_new')]).toEqual([
      false,
      true,
    ])
  })
})

describe('GET /edge/me', () => {
  it('A client key learns its name and what it may do.', async () => {
    const response = await json(await ask('/edge/me', key))
    expect(response).toMatchObject({
      kind: 'key',
      name: 'test',
      limits: { requests_per_minute: 60 },
      currency: 'CNY',
    })
    expect(response).not.toHaveProperty('cache_generation')
    expect(response.max_body_bytes).toBe(20 * 1024 * 1024)
  })

  it('A session token learns what it may do, without the name and limits of its key.', async () => {
    const minted = await ask('/edge/tokens', key, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ user: 'ann', budget: { requests: 5 } }),
    })
    const { token } = await json(minted)
    const response = await json(await ask('/edge/me', token))
    expect(response).toMatchObject({ kind: 'token', user: 'ann', budget: { requests: 5 } })
    expect(response).toHaveProperty('limits_left', [
      expect.objectContaining({ name: 'budget_requests', remaining: 5 }),
    ])
    expect(response).not.toHaveProperty('name')
    expect(response).not.toHaveProperty('limits')
  })

  it('What is left of each limit is shown as in the RateLimit headers, and nothing is charged.', async () => {
    const limited = (await gateway.issueKey({ limits: { requests_per_minute: 5, money_per_day: 1 } })).key
    const call = await ask('/compatible-mode/v1/chat/completions', limited, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ model: 'qwen-plus', messages: [{ role: 'user', content: '1+1' }] }),
    })
    expect(call.headers.get('ratelimit')).toContain('"requests_per_minute";r=4')
    await call.text()
    for (let time = 1; time <= 2; time++) {
      const { limits_left } = (await json(await ask('/edge/me', limited))) as unknown as {
        limits_left: object[]
      }
      expect(limits_left).toMatchObject([
        { name: 'requests_per_minute', quota: 5, remaining: 4, window_seconds: 60 },
        { name: 'money_per_day', quota: 1 },
      ])
    }
  })

  it('The operator is recognised.', async () => {
    expect(await json(await ask('/edge/me', ADMIN_TOKEN))).toMatchObject({ kind: 'operator' })
    expect(await json(await ask('/edge/me', (await signIn()).token))).toMatchObject({ kind: 'operator' })
  })

  it('Without a credential the response is 401.', async () => {
    expect((await fetch(`${gateway.address}/edge/me`)).status).toBe(401)
    expect((await fetch(`${gateway.address}/edge/prices`)).status).toBe(401)
  })
})

describe('GET /edge/prices', () => {
  it('The prices in force are shown with tiers and units.', async () => {
    const response = await json(await ask('/edge/prices', key))
    expect(response.currency).toBe('CNY')
    expect(response.units.input).toBe('per million tokens')
    expect(response.prices['qwen-max']).toEqual({ input: 2.4, output: 9.6 })
    expect(response.prices['qwen-plus']).toMatchObject({ input: 0.8, output: 2, thinking: 8 })
    expect(response.prices['qwen-plus']?.tiers).toHaveLength(3)
  })
})
