import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type IssuerKey, makeIssuerKey, signJwt } from '../auth/issuer.ts'
import { type StandIn, startStandIn } from '../auth/stand-in.ts'
import { startTestGateway, type TestGateway } from '../harness/gateway.ts'

const AUDIENCE = 'a'.repeat(64)
const OTHER_AUDIENCE = 'b'.repeat(64)

let team: StandIn
let key: IssuerKey
let gateway: TestGateway

beforeAll(async () => {
  team = await startStandIn()
  key = await makeIssuerKey('RS256', 'team')
  team.answer = { status: 200, body: { keys: [key.published] } }
  gateway = await startTestGateway({
    ACCESS_TEAM_DOMAIN: team.address,
    ACCESS_AUD: `${OTHER_AUDIENCE.replaceAll('b', 'c')}, ${AUDIENCE}`,
  })
})
afterAll(async () => {
  await gateway.stop()
  await team.stop()
})

/** Claims as Access makes them for a person. */
function claims(changes: object = {}) {
  const now = Math.floor(Date.now() / 1000)
  const times = { iat: now - 5, nbf: now - 5, exp: now + 300 }
  return { iss: team.address, sub: 'u-1', aud: [AUDIENCE], email: 'a@example.com', ...times, ...changes }
}

async function ask(path: string, assertion: string, init: RequestInit & { headers?: object } = {}) {
  const headers = { 'cf-access-jwt-assertion': assertion, ...(init.headers as Record<string, string>) }
  const response = await fetch(gateway.address + path, { ...init, headers })
  return { status: response.status, body: (await response.json()) as Record<string, unknown> }
}

describe('Cloudflare Access', () => {
  it('A token of Access opens the endpoints of the operator, for writing too.', async () => {
    const assertion = await signJwt(key, claims())
    expect((await ask('/edge/keys', assertion)).status).toBe(200)
    expect((await ask('/edge/usage', assertion)).status).toBe(200)
    expect((await ask('/edge/me', assertion)).body).toMatchObject({ kind: 'operator' })
    const created = await ask('/edge/keys', assertion, {
      method: 'POST',
      headers: { 'content-type': 'application/json', origin: gateway.address },
      body: JSON.stringify({ name: 'by access' }),
    })
    expect(created.status).toBe(201)
  })

  it('A token of Access can be exchanged for a session, which then works without it.', async () => {
    const made = await ask('/edge/session', await signJwt(key, claims()), {
      method: 'POST',
      headers: { origin: gateway.address },
    })
    expect(made.status).toBe(201)
    const authorization = `Bearer ${made.body.token}`
    const listed = await fetch(`${gateway.address}/edge/keys`, { headers: { authorization } })
    expect(listed.status).toBe(200)
    await listed.body?.cancel()
  })

  it('The token of a service is accepted, and names no person.', async () => {
    const service = claims({ sub: '', email: undefined, common_name: 'client.access' })
    expect((await ask('/edge/keys', await signJwt(key, service))).status).toBe(200)
  })

  it.each([
    ['that has expired', { exp: Math.floor(Date.now() / 1000) - 120 }, /has expired/],
    ['for another application', { aud: [OTHER_AUDIENCE] }, /another audience/],
    ['of another team', { iss: 'https://other.cloudflareaccess.com' }, /does not trust its issuer/],
    ['without an end', { exp: undefined }, /names no time/],
    ['that is valid later', { nbf: Math.floor(Date.now() / 1000) + 600 }, /not valid yet/],
  ])('A token %s is refused.', async (_, changes, reason) => {
    const { status, body } = await ask('/edge/keys', await signJwt(key, claims(changes)))
    expect(status).toBe(401)
    expect(body.message).toMatch(/^The token of Cloudflare Access was not accepted/)
    expect(body.message).toMatch(reason)
  })

  it('A token that another key has signed, an unsigned token and a malformed token are refused.', async () => {
    const stranger = await makeIssuerKey('RS256', 'team')
    const [head, payload] = (await signJwt(key, claims())).split('.')
    for (const bad of [await signJwt(stranger, claims()), `${head}.${payload}.`, 'x', 'a.b.c']) {
      expect((await ask('/edge/keys', bad)).status).toBe(401)
      expect((await ask('/edge/session', bad, { method: 'POST' })).status).toBe(401)
    }
  })

  it('Pages of other origins are refused, although their requests carry the cookie of Access.', async () => {
    const assertion = await signJwt(key, claims())
    const foreign = { headers: { origin: 'https://evil.example' } }
    expect((await ask('/edge/keys', assertion, foreign)).status).toBe(403)
    expect((await ask('/edge/session', assertion, { method: 'POST', ...foreign })).status).toBe(403)
  })

  it('A token of Access does not replace a wrong credential or a client key.', async () => {
    const assertion = await signJwt(key, claims())
    const wrong = { headers: { authorization: 'Bearer not-the-admin-token' } }
    expect((await ask('/edge/keys', assertion, wrong)).status).toBe(401)
    const chat = await ask('/compatible-mode/v1/models', assertion)
    expect(chat.status).toBe(401)
  })

  it('The health check names Access where it is configured, and is silent where it is not.', async () => {
    const health = await fetch(`${gateway.address}/edge/health`)
    expect(await health.json()).toMatchObject({ access: true })
    const plain = await startTestGateway()
    const assertion = await signJwt(key, claims())
    const refused = await fetch(`${plain.address}/edge/keys`, {
      headers: { 'cf-access-jwt-assertion': assertion },
    })
    expect(refused.status).toBe(401)
    expect(await (await fetch(`${plain.address}/edge/health`)).json()).not.toHaveProperty('access')
    await plain.stop()
  })
})
