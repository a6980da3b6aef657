import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { authenticate } from '../../src/access/authenticate.ts'
import { hashClientKey, makeClientKey } from '../../src/access/client-key.ts'
import { tokenKeys } from '../../src/access/token-key.ts'
import { mint } from '../../src/admin/tokens.ts'
import { type Env, readConfig } from '../../src/config.ts'
import { type IssuerKey, makeIssuerKey, signJwt } from '../access/issuer.ts'
import { type StandIn, startStandIn } from '../access/stand-in.ts'
import { ADMIN_TOKEN, type OperatorGateway, operatorGateway } from './gateway.ts'

const ORIGIN = 'https://gateway.example'
const NOW_MS = Date.parse('2026-11-24T12:00:00Z')
const PAGE = { hostname: 'app.example', action: 'chat' }

let service: StandIn
let issuerKey: IssuerKey
let gateway: OperatorGateway
let env: Env

beforeAll(async () => {
  service = await startStandIn()
  issuerKey = await makeIssuerKey('ES256', 'k')
})

afterAll(() => service.stop())

beforeEach(() => {
  vi.useFakeTimers({ now: NOW_MS, toFake: ['Date'] })
  service.calls = []
  service.answer = { status: 200, body: { success: true, ...PAGE } }
  gateway = operatorGateway()
  const issuer = {
    name: 'login',
    issuer: 'https://login.example',
    jwks: `${service.address}/jwks`,
    audience: 'chat',
    algorithms: ['ES256'],
  }
  env = {
    KEYS: gateway.memory.kv,
    DASHSCOPE_API_KEY: 'sk-upstream',
    ADMIN_TOKEN,
    ALLOWED_ORIGINS: 'https://app.example',
    TURNSTILE_SECRET: 's3cret',
    TURNSTILE_VERIFY_URL: `${service.address}/siteverify`,
    JWT_ISSUERS: JSON.stringify([issuer, { ...issuer, name: 'other', issuer: 'https://other.example' }]),
  } as Env
})

afterEach(() => {
  vi.useRealTimers()
})

function ask(body: unknown, headers: Record<string, string> = {}) {
  const request = new Request(`${ORIGIN}/edge/tokens`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  })
  return mint(request, env, readConfig(env), Date.now(), ORIGIN)
}

function bearer(key: string, headers: Record<string, string> = {}) {
  return { authorization: `Bearer ${key}`, ...headers }
}

function enter(token: string, at = ORIGIN) {
  const place = { keys: tokenKeys(readConfig(env)), origin: at }
  return authenticate(new Headers(bearer(token)), env.KEYS, Date.now(), place)
}

describe('a mint with a client key', () => {
  it('gives a token that works, and says what it is', async () => {
    const { id, key } = await gateway.create({ models: ['qwen-*'], limits: { tokens_per_day: 9 } })
    const minted = await ask({ user: 'u-1', models: ['qwen-plus'], ttl_seconds: 60 }, bearer(key))
    expect(minted).toEqual({
      token: expect.stringMatching(/^dst_/),
      expires_at: '2026-11-24T12:01:00.000Z',
      expires_in: 60,
      id: expect.stringMatching(/^tok_[0-9a-f]{24}$/),
      user: 'u-1',
    })
    expect(await enter(minted.token)).toMatchObject({
      key: { id, models: ['qwen-plus'], limits: { tokens_per_day: 9 } },
      user: 'u-1',
      token: { id: minted.id },
    })
    await expect(enter(minted.token, 'https://other.example')).rejects.toMatchObject({ status: 401 })
    vi.setSystemTime(NOW_MS + 60_001)
    await expect(enter(minted.token)).rejects.toThrow(/expired/)
  })

  it('lives ten minutes and has no user unless told so, and never the same id', async () => {
    const { key } = await gateway.create()
    const [first, second] = [await ask({}, bearer(key)), await ask({}, bearer(key))]
    expect(first.expires_in).toBe(600)
    expect(first).not.toHaveProperty('user')
    expect(first.id).not.toBe(second.id)
  })

  it('is refused once the key is revoked, and so are its tokens', async () => {
    const { id, key } = await gateway.create()
    const { token } = await ask({}, bearer(key))
    await enter(token)
    await gateway.call('DELETE', `/edge/keys/${id}`)
    await expect(enter(token)).rejects.toMatchObject({
      status: 401,
      message: expect.stringContaining('revoked'),
    })
    await expect(ask({}, bearer(key))).rejects.toMatchObject({ status: 401 })
  })

  it('is refused to a session token', async () => {
    const { key } = await gateway.create()
    const { token } = await ask({}, bearer(key))
    await expect(ask({}, bearer(token))).rejects.toMatchObject({
      status: 403,
      message: expect.stringContaining('cannot get another one'),
    })
  })

  it.each<[unknown, string]>([
    [{ ttl_seconds: 59 }, 'ttl_seconds: expected a whole number of seconds from 60 to 3600'],
    [{ ttl_seconds: 3601 }, 'ttl_seconds: expected'],
    [{ ttl_seconds: 60.5 }, 'ttl_seconds: expected'],
    [{ user: '' }, 'user: expected a name'],
    [{ user: 'a b' }, 'user: expected a name'],
    [{ user: 'u\u200b' }, 'user: expected a name'],
    [{ models: [] }, 'models: expected 1 to 100 entries'],
    [{ models: ['qwen-plus '] }, 'models[0]: expected the name of a model'],
    [{ endpoints: ['nonsense'] }, 'endpoints[0]: expected one of'],
    [{ caps: { max_tokens: 0 } }, 'caps.max_tokens: expected a whole number from 1'],
    [{ caps: { tools: true } }, 'caps.tools: expected false, or no such field'],
    [{ budget: { requests: 0 } }, 'budget.requests: expected'],
    [{ frozen: { model: 'qwen-*' } }, 'frozen.model: expected the name of one model'],
    [{ frozen: { parameters: { messages: 'x' } } }, 'frozen.parameters: expected names of parameters'],
    [{ frozen: { parameters: { tools: [] } } }, 'frozen.parameters.tools: expected a text, a number'],
    [{ limits: {} }, 'and not "limits"'],
    ['{"__proto__":{"user":"admin"}}', 'and not "__proto__"'],
    ['{', 'not valid JSON'],
  ])('refuses %j', async (body, message) => {
    const { key } = await gateway.create()
    await expect(ask(body, bearer(key))).rejects.toMatchObject({
      reason: 'invalid',
      message: expect.stringContaining(message),
    })
  })

  it('refuses what would not fit into a header', async () => {
    const { key } = await gateway.create()
    const models = Array.from({ length: 100 }, (_, number) => `${'m'.repeat(60)}-${number}`)
    await expect(ask({ models }, bearer(key))).rejects.toMatchObject({
      reason: 'invalid',
      message: expect.stringMatching(/characters, and 4096 is the most/),
    })
    await expect(ask(' '.repeat(20_000), bearer(key))).rejects.toMatchObject({ status: 413 })
  })

  it.each<[string, object, Record<string, string>]>([
    ['from a page that the key does not name', {}, { origin: 'https://evil.example' }],
    ['from a page although no page may', { origins: [] }, { origin: 'https://app.example' }],
    ['from another address', { ip_ranges: ['192.0.2.0/24'] }, { 'cf-connecting-ip': '198.51.100.1' }],
    ['from an address that is not known', { ip_ranges: ['192.0.2.0/24'] }, {}],
  ])('is refused %s', async (_, fields, headers) => {
    const { key } = await gateway.create(fields)
    await expect(ask({}, bearer(key, headers))).rejects.toMatchObject({ status: 403 })
  })

  it('is refused where there is no admin token to sign with', async () => {
    const { key } = await gateway.create()
    env = { ...env, ADMIN_TOKEN: 'short' }
    await expect(ask({}, bearer(key))).rejects.toMatchObject({ reason: 'denied' })
  })
})

describe('a mint without a key', () => {
  const opened = {
    mint: { turnstile: { hostnames: [PAGE.hostname], action: PAGE.action }, issuers: ['login'] },
  }

  async function jwt(changes: object = {}) {
    const claims = { iss: 'https://login.example', sub: 'u-1', aud: 'chat', exp: NOW_MS / 1000 + 60 }
    return signJwt(issuerKey, { ...claims, ...changes })
  }

  it('takes one proof, no more and no less', async () => {
    const { id, key } = await gateway.create(opened)
    await expect(ask({})).rejects.toMatchObject({ status: 401, headers: { 'www-authenticate': 'Bearer' } })
    await expect(ask({ key_id: id })).rejects.toMatchObject({ status: 401 })
    await expect(ask({ key_id: id, turnstile: 'x', jwt: 'y' })).rejects.toMatchObject({ status: 400 })
    await expect(ask({ key_id: id, turnstile: 'x' }, bearer(key))).rejects.toMatchObject({ status: 400 })
    await expect(ask({ turnstile: 'x' })).rejects.toMatchObject({ status: 400, param: 'key_id' })
    const other = await gateway.create()
    await expect(ask({ key_id: other.id }, bearer(key))).rejects.toMatchObject({
      status: 403,
      param: 'key_id',
    })
    expect(service.calls).toHaveLength(0)
  })

  it('gives a token for a Turnstile response, for a user that is new each time', async () => {
    const { id } = await gateway.create({ ...opened, mint: { ...opened.mint, budget: { requests: 5 } } })
    const headers = { origin: 'https://app.example', 'cf-connecting-ip': '192.0.2.7' }
    const first = await ask({ turnstile: 'widget', key_id: id }, headers)
    const second = await ask({ turnstile: 'widget', key_id: id }, headers)
    expect(first.user).toMatch(/^turnstile:[0-9a-f]{24}$/)
    expect(first.user).not.toBe(second.user)
    expect(await enter(first.token)).toMatchObject({ key: { id }, token: { budget: { requests: 5 } } })
    expect(JSON.parse(service.calls[0]?.body ?? '')).toEqual({
      secret: 's3cret',
      response: 'widget',
      remoteip: '192.0.2.7',
    })
  })

  it.each<[string, object]>([
    ['a failed check', { success: false, 'error-codes': ['invalid-input-response'] }],
    ['another host', { success: true, ...PAGE, hostname: 'evil.example' }],
    ['another action', { success: true, ...PAGE, action: 'login' }],
  ])('gives none for %s', async (_, verdict) => {
    const { id } = await gateway.create(opened)
    service.answer.body = verdict
    await expect(ask({ turnstile: 'widget', key_id: id })).rejects.toMatchObject({
      status: 403,
      param: 'turnstile',
    })
  })

  it('is 503 while Turnstile is down, and 403 where no secret is set', async () => {
    const { id } = await gateway.create(opened)
    service.answer = { status: 500, body: '' }
    await expect(ask({ turnstile: 'widget', key_id: id })).rejects.toMatchObject({ status: 503 })
    env = { ...env, TURNSTILE_SECRET: ' ' }
    await expect(ask({ turnstile: 'widget', key_id: id })).rejects.toThrow(
      /TURNSTILE_SECRET is not set.* \(or in \.env for npm start\)/,
    )
  })

  it('gives a token for a JWT, for the user that it names', async () => {
    const { id } = await gateway.create(opened)
    service.answer.body = { keys: [issuerKey.published] }
    const { token, user } = await ask({ jwt: await jwt(), key_id: id, ttl_seconds: 3600 })
    expect(user).toBe('login:u-1')
    expect(await enter(token)).toMatchObject({ key: { id }, user: 'login:u-1' })
    await expect(ask({ jwt: await jwt({ aud: 'x' }), key_id: id })).rejects.toMatchObject({ param: 'jwt' })
    await expect(ask({ jwt: await jwt(), key_id: id, user: 'admin' })).rejects.toMatchObject({
      param: 'user',
    })
  })

  it('trusts only the issuers that the key names', async () => {
    const { id } = await gateway.create(opened)
    const foreign = await jwt({ iss: 'https://other.example' })
    await expect(ask({ jwt: foreign, key_id: id })).rejects.toThrow(/does not trust its issuer/)
  })

  it('says the same of keys that are closed, unknown, revoked or expired, and asks nobody about them', async () => {
    const closed = await gateway.create()
    const revoked = await gateway.create(opened)
    await gateway.call('DELETE', `/edge/keys/${revoked.id}`)
    const expiring = await gateway.create({ ...opened, expires_at: '2026-11-24T12:00:30Z' })
    vi.setSystemTime(NOW_MS + 60_000)
    const messages = new Set<string>()
    for (const key_id of [closed.id, revoked.id, expiring.id, 'key_0000000000000000']) {
      const error = await ask({ key_id, turnstile: 'widget' }).catch((thrown) => thrown)
      expect(error).toMatchObject({ status: 403, param: 'key_id' })
      messages.add(error.message)
      await expect(ask({ key_id, jwt: await jwt() })).rejects.toMatchObject({ status: 403, param: 'key_id' })
    }
    expect(messages.size).toBe(1)
    expect(service.calls).toHaveLength(0)
  })

  it('refuses pages of other origins before it asks Turnstile', async () => {
    const { id } = await gateway.create(opened)
    const asking = ask({ turnstile: 'widget', key_id: id }, { origin: 'https://evil.example' })
    await expect(asking).rejects.toMatchObject({ status: 403 })
    expect(service.calls).toHaveLength(0)
  })

  it('is 503 while KV fails', async () => {
    gateway.memory.failing.add('get')
    const asking = ask({ turnstile: 'widget', key_id: 'key_0000000000000000' })
    await expect(asking).rejects.toMatchObject({ status: 503 })
  })

  it('lets in nobody with a key that was never issued', async () => {
    const key = makeClientKey()
    expect(gateway.memory.entries.has(`key:${hashClientKey(key)}`)).toBe(false)
    await expect(ask({}, bearer(key))).rejects.toMatchObject({ status: 401 })
  })
})

describe('changing ADMIN_TOKEN', () => {
  it('keeps tokens in that were signed with the one before, as long as it is named', async () => {
    const { key } = await gateway.create()
    const { token } = await ask({}, bearer(key))
    env = { ...env, ADMIN_TOKEN: 'a-new-token-of-the-operator', ADMIN_TOKEN_PREVIOUS: ADMIN_TOKEN }
    await expect(enter(token)).resolves.toBeDefined()
    const { token: next } = await ask({}, bearer(key))
    env = { ...env, ADMIN_TOKEN_PREVIOUS: '' }
    await expect(enter(next)).resolves.toBeDefined()
    await expect(enter(token)).rejects.toThrow(/not issued by this gateway/)
  })

  it('names a previous one that is too short', () => {
    expect(() => readConfig({ ...env, ADMIN_TOKEN_PREVIOUS: 'short' })).toThrow(
      /ADMIN_TOKEN_PREVIOUS must have/,
    )
  })
})
