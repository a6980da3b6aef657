import { afterAll, beforeAll, beforeEach, expect } from 'vitest'
import { verifyJwt } from '../../src/auth/jwt.ts'
import { type Issuer, JWT_ALGORITHMS, type JwtAlgorithm } from '../../src/policy/issuers.ts'
import { type IssuerKey, makeIssuerKey } from './issuer.ts'
import { type StandIn, startStandIn } from './stand-in.ts'

export const NOW_MS = Date.parse('2026-11-24T12:00:00Z')
export const NOW = NOW_MS / 1000

/** Claims that are taken. */
export const GOOD = { iss: 'https://login.example', sub: 'u-1', aud: 'chat', exp: NOW + 300 }

/** An issuer of JWTs that publishes a key for each algorithm, at an address of its own for each test. */
export interface IssuerRig {
  /** Answers with the issuer's key set. */
  service: StandIn
  keys: Record<JwtAlgorithm, IssuerKey>
  issuer: Issuer
  verify: (jwt: string, nowMs?: number) => Promise<string>
}

/** Starts the issuer for a test file and stops it afterwards. */
export function useIssuer(): IssuerRig {
  const rig = {
    verify: (jwt: string, nowMs = NOW_MS) => verifyJwt(jwt, [rig.issuer], nowMs),
  } as IssuerRig
  let sets = 0
  beforeAll(async () => {
    rig.service = await startStandIn()
    rig.keys = {
      RS256: await makeIssuerKey('RS256', 'rsa'),
      ES256: await makeIssuerKey('ES256', 'ec'),
      EdDSA: await makeIssuerKey('EdDSA', 'ed'),
    }
  })
  beforeEach(() => {
    const { service, keys } = rig
    service.answer = { status: 200, body: { keys: Object.values(keys).map(({ published }) => published) } }
    service.calls = []
    service.isHanging = false
    sets += 1
    rig.issuer = {
      name: 'login',
      issuer: 'https://login.example',
      jwks: `${service.address}/${sets}`,
      audience: 'chat',
      algorithms: [...JWT_ALGORITHMS],
    }
  })
  afterAll(() => rig.service.stop())
  return rig
}

/** The error for a refused JWT. */
export function refusal(reason: RegExp) {
  return { reason: 'denied', param: 'jwt', message: expect.stringMatching(reason) }
}
