import { afterAll, beforeAll, expect, it } from 'vitest'
import { signToken } from '../../src/auth/token.ts'
import { deriveTokenKeys } from '../../src/auth/token-key.ts'
import { makeClientKey } from '../../src/keys/client-key.ts'
import { ADMIN_TOKEN, startTestGateway, type TestGateway } from '../harness/gateway.ts'

const REFUSALS_PER_MINUTE = 5

let gateway: TestGateway
beforeAll(async () => {
  gateway = await startTestGateway(
    {},
    {
      refusalsPerMinute: REFUSALS_PER_MINUTE,
    },
  )
})
afterAll(() => gateway.stop())

async function statusAt(address: string, credential?: string): Promise<number> {
  const headers = {
    'cf-connecting-ip': address,
    ...(credential !== undefined && { authorization: `Bearer ${credential}` }),
  }
  const response = await fetch(`${gateway.address}/api/v1/tasks`, { headers })
  await response.body?.cancel()
  return response.status
}

it('Requests without a credential, which a foreign page can trigger, throttle no visitor.', async () => {
  const address = '192.0.2.7'
  for (let times = 0; times < 3 * REFUSALS_PER_MINUTE; times++) expect(await statusAt(address)).toBe(401)
  expect(await statusAt(address, makeClientKey())).toBe(401)
})

it('Expired session tokens throttle no caller.', async () => {
  const address = '192.0.2.8'
  const { id } = await gateway.issueKey()
  const now = Math.floor(Date.now() / 1000)
  const claims = { iss: gateway.address, id: 'tok_1', iat: now - 600, exp: now - 1 }
  const keys = deriveTokenKeys(ADMIN_TOKEN, undefined)
  const token = signToken({ ...claims, key: { id, cache_generation: 0 } }, keys)
  for (let times = 0; times < 3 * REFUSALS_PER_MINUTE; times++)
    expect(await statusAt(address, token)).toBe(401)
  expect(await statusAt(address, makeClientKey())).toBe(401)
})
