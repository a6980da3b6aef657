import { afterAll, beforeAll, expect, it } from 'vitest'
import { verifyJwt } from '../../src/auth/jwt.ts'
import type { Issuer } from '../../src/policy/issuers.ts'
import { type IssuerKey, makeIssuerKey, signJwt } from './issuer.ts'
import { type StandIn, startStandIn } from './stand-in.ts'

const NOW_MS = Date.parse('2026-11-24T12:00:00Z')
const LOGIN = 'https://login.example'

let service: StandIn
let key: IssuerKey
let issuers: Issuer[]

beforeAll(async () => {
  service = await startStandIn()
  key = await makeIssuerKey('ES256', 'ec')
  service.answer = { status: 200, body: { keys: [key.published] } }
  issuers = ['web', 'mobile'].map((name) => ({
    name,
    issuer: LOGIN,
    jwks: `${service.address}/keys`,
    audience: `${name}.apps.example`,
    algorithms: ['ES256'],
  }))
})
afterAll(() => service.stop())

async function verify(aud: unknown): Promise<string> {
  const claims = { iss: LOGIN, sub: 'u-1', aud, exp: NOW_MS / 1000 + 300 }
  return verifyJwt(await signJwt(key, claims), issuers, NOW_MS)
}

it.each([
  ['web.apps.example', 'web:u-1'],
  ['mobile.apps.example', 'mobile:u-1'],
  [['another.example', 'mobile.apps.example'], 'mobile:u-1'],
])('A login service with an audience for each application: for %j the user is %s', async (aud, user) => {
  expect(await verify(aud)).toBe(user)
})

it('A token for an audience that is not listed is refused.', async () => {
  await expect(verify('tv.apps.example')).rejects.toMatchObject({
    reason: 'denied',
    message: expect.stringContaining('another audience'),
  })
})
