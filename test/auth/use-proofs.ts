import { beforeAll } from 'vitest'
import { startTestGateway, type TestGateway } from '../harness/gateway.ts'
import { makeIssuerKey, signJwt } from './issuer.ts'
import { startStandIn } from './stand-in.ts'

const ISSUER = 'https://login.example'

/** The host that every Turnstile response is from. */
export const PROOF_HOST = 'app.example'

/** A gateway whose keys can trust Turnstile and the issuer `login`. Filled before the tests of the file run. */
export interface ProofRig {
  gateway: TestGateway
  /** A JWT of `login` for an end user. */
  jwtOf: (user: string) => Promise<string>
}

/** Gives a test file a gateway of its own where tokens are minted by a JWT or a Turnstile response, whatever it is. */
export function useProofs(): ProofRig {
  const rig = {} as ProofRig
  beforeAll(async () => {
    // Answers as the key set of a login service and as Turnstile.
    const service = await startStandIn()
    const signer = await makeIssuerKey('ES256', 'k')
    service.answer = {
      status: 200,
      body: { keys: [signer.published], success: true, hostname: PROOF_HOST, action: 'chat' },
    }
    const exp = Math.floor(Date.now() / 1000) + 600
    rig.jwtOf = (sub) => signJwt(signer, { iss: ISSUER, sub, aud: 'chat', exp })
    const jwks = `${service.address}/jwks`
    rig.gateway = await startTestGateway({
      TURNSTILE_SECRET: 's3cret',
      TURNSTILE_VERIFY_URL: `${service.address}/siteverify`,
      JWT_ISSUERS: JSON.stringify([
        { name: 'login', issuer: ISSUER, jwks, audience: 'chat', algorithms: ['ES256'] },
      ]),
    })
    return async () => {
      await rig.gateway.stop()
      await service.stop()
    }
  })
  return rig
}
