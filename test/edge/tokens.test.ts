import { describe, expect, it, vi } from 'vitest'
import { readConfig } from '../../src/config.ts'
import { ADMIN_TOKEN } from './gateway.ts'
import { bearer, NOW_MS, useMint } from './use-mint.ts'

const rig = useMint()
const { ask, enter } = rig

describe('minting with a client key', () => {
  it('The token works, and the response describes it.', async () => {
    const { id, key } = await rig.gateway.create({ models: ['qwen-*'], limits: { tokens_per_day: 9 } })
    const minted = await ask({ user: 'u-1', models: ['qwen-plus'], ttl_seconds: 60 }, bearer(key))
    expect(minted).toEqual({
      token: expect.stringMatching(/^dst_/),
      expires_at: '2026-11-24T12:01:00.000Z',
      expires_in: 60,
      id: expect.stringMatching(/^tok_[0-9a-f]{24}$/),
      user: 'u-1',
    })
    expect(await enter(minted.token)).toMatchObject({
      keyId: id,
      policy: { models: ['qwen-plus'], limits: { tokens_per_day: 9 } },
      user: 'u-1',
      token: { id: minted.id },
    })
    await expect(enter(minted.token, 'https://other.example')).rejects.toMatchObject({ status: 401 })
    vi.setSystemTime(NOW_MS + 60_001)
    await expect(enter(minted.token)).rejects.toThrow(/expired/)
  })

  it('By default a token lives ten minutes, has no user and has a new id each time.', async () => {
    const { key } = await rig.gateway.create()
    const [first, second] = [await ask({}, bearer(key)), await ask({}, bearer(key))]
    expect(first.expires_in).toBe(600)
    expect(first).not.toHaveProperty('user')
    expect(first.id).not.toBe(second.id)
  })

  it('Minting is refused once the key is revoked, and its tokens are refused too.', async () => {
    const { id, key } = await rig.gateway.create()
    const { token } = await ask({}, bearer(key))
    await enter(token)
    await rig.gateway.call('DELETE', `/edge/keys/${id}`)
    await expect(enter(token)).rejects.toMatchObject({
      status: 401,
      message: expect.stringContaining('revoked'),
    })
    await expect(ask({}, bearer(key))).rejects.toMatchObject({ status: 401 })
  })

  it('A session token may not mint.', async () => {
    const { key } = await rig.gateway.create()
    const { token } = await ask({}, bearer(key))
    await expect(ask({}, bearer(token))).rejects.toMatchObject({
      status: 403,
      message: expect.stringContaining('cannot be used to get another one'),
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
    [{ frozen: { parameters: { tools: [] } } }, 'frozen.parameters.tools: expected a string, a number'],
    [{ limits: {} }, 'and not "limits"'],
    ['{"__proto__":{"user":"admin"}}', 'and not "__proto__"'],
    ['{', 'not valid JSON'],
  ])('The body %j is refused.', async (body, message) => {
    const { key } = await rig.gateway.create()
    await expect(ask(body, bearer(key))).rejects.toMatchObject({
      reason: 'invalid',
      message: expect.stringContaining(message),
    })
  })

  it('A token that would not fit into a header is refused.', async () => {
    const { key } = await rig.gateway.create()
    const models = Array.from({ length: 100 }, (_, number) => `${'m'.repeat(60)}-${number}`)
    await expect(ask({ models }, bearer(key))).rejects.toMatchObject({
      reason: 'invalid',
      message: expect.stringMatching(/characters, but the maximum is 4096/),
    })
    await expect(ask(' '.repeat(20_000), bearer(key))).rejects.toMatchObject({ status: 413 })
  })

  it.each<[string, object, Record<string, string>]>([
    ['from a page that the key does not name', {}, { origin: 'https://evil.example' }],
    ['from a page although no page may', { origins: [] }, { origin: 'https://app.example' }],
    ['from another address', { ip_ranges: ['192.0.2.0/24'] }, { 'cf-connecting-ip': '198.51.100.1' }],
    ['from an address that is not known', { ip_ranges: ['192.0.2.0/24'] }, {}],
  ])('Minting is refused %s', async (_, fields, headers) => {
    const { key } = await rig.gateway.create(fields)
    await expect(ask({}, bearer(key, headers))).rejects.toMatchObject({ status: 403 })
  })

  it('Minting is refused without an admin token to sign with.', async () => {
    const { key } = await rig.gateway.create()
    rig.env = { ...rig.env, ADMIN_TOKEN: 'short' }
    await expect(ask({}, bearer(key))).rejects.toMatchObject({ reason: 'denied' })
  })
})

describe('changing ADMIN_TOKEN', () => {
  it('Tokens that the previous ADMIN_TOKEN signed work as long as it is configured.', async () => {
    const { key } = await rig.gateway.create()
    const { token } = await ask({}, bearer(key))
    rig.env = { ...rig.env, ADMIN_TOKEN: 'a-new-token-of-the-operator', ADMIN_TOKEN_PREVIOUS: ADMIN_TOKEN }
    await expect(enter(token)).resolves.toBeDefined()
    const { token: next } = await ask({}, bearer(key))
    rig.env = { ...rig.env, ADMIN_TOKEN_PREVIOUS: '' }
    await expect(enter(next)).resolves.toBeDefined()
    await expect(enter(token)).rejects.toThrow(/not issued by this gateway/)
  })

  it('A previous ADMIN_TOKEN that is too short is reported.', () => {
    expect(() => readConfig({ ...rig.env, ADMIN_TOKEN_PREVIOUS: 'short' })).toThrow(
      /ADMIN_TOKEN_PREVIOUS must have/,
    )
  })
})
