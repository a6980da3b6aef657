import { describe, expect, it, vi } from 'vitest'
import { hashClientKey, makeClientKey } from '../../src/keys/client-key.ts'
import { signJwt } from '../auth/issuer.ts'
import { bearer, NOW_MS, PAGE, useMint } from './use-mint.ts'

const rig = useMint()
const { ask, enter } = rig

describe('minting without a key', () => {
  const opened = {
    mint: { turnstile: { hostnames: [PAGE.hostname], action: PAGE.action }, issuers: ['login'] },
  }

  async function jwt(changes: object = {}) {
    const claims = { iss: 'https://login.example', sub: 'u-1', aud: 'chat', exp: NOW_MS / 1000 + 60 }
    return signJwt(rig.issuerKey, { ...claims, ...changes })
  }

  it('A mint takes exactly one proof.', async () => {
    const { id, key } = await rig.gateway.create(opened)
    await expect(ask({})).rejects.toMatchObject({ status: 401, headers: { 'www-authenticate': 'Bearer' } })
    await expect(ask({ key_id: id })).rejects.toMatchObject({ status: 401 })
    await expect(ask({ key_id: id, turnstile: 'x', jwt: 'y' })).rejects.toMatchObject({ status: 400 })
    await expect(ask({ key_id: id, turnstile: 'x' }, bearer(key))).rejects.toMatchObject({ status: 400 })
    await expect(ask({ turnstile: 'x' })).rejects.toMatchObject({ status: 400, param: 'key_id' })
    const other = await rig.gateway.create()
    await expect(ask({ key_id: other.id }, bearer(key))).rejects.toMatchObject({
      status: 403,
      param: 'key_id',
    })
    expect(rig.service.calls).toHaveLength(0)
  })

  it('A Turnstile response gets a token for a new user each time.', async () => {
    const { id } = await rig.gateway.create({ ...opened, mint: { ...opened.mint, budget: { requests: 5 } } })
    const headers = { origin: 'https://app.example', 'cf-connecting-ip': '192.0.2.7' }
    const first = await ask({ turnstile: 'widget', key_id: id }, headers)
    const second = await ask({ turnstile: 'widget', key_id: id }, headers)
    expect(first.user).toMatch(/^turnstile:[0-9a-f]{24}$/)
    expect(first.user).not.toBe(second.user)
    expect(await enter(first.token)).toMatchObject({ keyId: id, token: { budget: { requests: 5 } } })
    expect(JSON.parse(rig.service.calls[0]?.body ?? '')).toEqual({
      secret: 's3cret',
      response: 'widget',
      remoteip: '192.0.2.7',
    })
  })

  it.each<[string, object]>([
    ['a failed check', { success: false, 'error-codes': ['invalid-input-response'] }],
    ['another host', { success: true, ...PAGE, hostname: 'evil.example' }],
    ['another action', { success: true, ...PAGE, action: 'login' }],
  ])('A Turnstile response gets no token for %s', async (_, verdict) => {
    const { id } = await rig.gateway.create(opened)
    rig.service.answer.body = verdict
    await expect(ask({ turnstile: 'widget', key_id: id })).rejects.toMatchObject({
      status: 403,
      param: 'turnstile',
    })
  })

  it('While Turnstile is down the response is 503, and 403 if no secret is set.', async () => {
    const { id } = await rig.gateway.create(opened)
    rig.service.answer = { status: 500, body: '' }
    await expect(ask({ turnstile: 'widget', key_id: id })).rejects.toMatchObject({ status: 503 })
    rig.env = { ...rig.env, TURNSTILE_SECRET: ' ' }
    await expect(ask({ turnstile: 'widget', key_id: id })).rejects.toThrow(
      /TURNSTILE_SECRET is not set.* \(or in \.env for npm start\)/,
    )
  })

  it('A JWT gets a token for the user that it names.', async () => {
    const { id } = await rig.gateway.create(opened)
    rig.service.answer.body = { keys: [rig.issuerKey.published] }
    const { token, user } = await ask({ jwt: await jwt(), key_id: id, ttl_seconds: 3600 })
    expect(user).toBe('login:u-1')
    expect(await enter(token)).toMatchObject({ keyId: id, user: 'login:u-1' })
    await expect(ask({ jwt: await jwt({ aud: 'x' }), key_id: id })).rejects.toMatchObject({ param: 'jwt' })
    await expect(ask({ jwt: await jwt(), key_id: id, user: 'admin' })).rejects.toMatchObject({
      param: 'user',
    })
  })

  it('Only the issuers that the key names are trusted.', async () => {
    const { id } = await rig.gateway.create(opened)
    const foreign = await jwt({ iss: 'https://other.example' })
    await expect(ask({ jwt: foreign, key_id: id })).rejects.toThrow(/does not trust its issuer/)
  })

  it('Keys that are closed, unknown, revoked or expired get the same response, without an upstream call.', async () => {
    const closed = await rig.gateway.create()
    const revoked = await rig.gateway.create(opened)
    await rig.gateway.call('DELETE', `/edge/keys/${revoked.id}`)
    const expiring = await rig.gateway.create({ ...opened, expires_at: '2026-11-24T12:00:30Z' })
    vi.setSystemTime(NOW_MS + 60_000)
    const messages = new Set<string>()
    for (const key_id of [closed.id, revoked.id, expiring.id, 'key_0000000000000000']) {
      const error = await ask({ key_id, turnstile: 'widget' }).catch((thrown) => thrown)
      expect(error).toMatchObject({ status: 403, param: 'key_id' })
      messages.add(error.message)
      await expect(ask({ key_id, jwt: await jwt() })).rejects.toMatchObject({ status: 403, param: 'key_id' })
    }
    expect(messages.size).toBe(1)
    expect(rig.service.calls).toHaveLength(0)
  })

  it('Pages of other origins are refused before Turnstile is asked.', async () => {
    const { id } = await rig.gateway.create(opened)
    const asking = ask({ turnstile: 'widget', key_id: id }, { origin: 'https://evil.example' })
    await expect(asking).rejects.toMatchObject({ status: 403 })
    expect(rig.service.calls).toHaveLength(0)
  })

  it('While KV fails the response is 503.', async () => {
    rig.gateway.memory.failing.add('get')
    const asking = ask({ turnstile: 'widget', key_id: 'key_0000000000000000' })
    await expect(asking).rejects.toMatchObject({ status: 503 })
  })

  it('A key that was never issued is refused.', async () => {
    const key = makeClientKey()
    expect(rig.gateway.memory.entries.has(`key:${hashClientKey(key)}`)).toBe(false)
    await expect(ask({}, bearer(key))).rejects.toMatchObject({ status: 401 })
  })
})
