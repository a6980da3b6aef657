import { afterAll, beforeAll, expect, inject, it } from 'vitest'
import { makeClientKey } from '../../src/access/client-key.ts'
import { startTestGateway, type TestGateway } from '../harness/gateway.ts'

const REFUSALS_PER_MINUTE = 5

let gateway: TestGateway
beforeAll(async () => {
  gateway = await startTestGateway({}, inject('gatewayModule'), REFUSALS_PER_MINUTE)
})
afterAll(() => gateway.stop())

it('requests without a credential, as a foreign page can have them sent, brake no visitor', async () => {
  const statusWith = async (credential: Record<string, string>) => {
    const headers = { 'cf-connecting-ip': '192.0.2.7', ...credential }
    const response = await fetch(`${gateway.address}/api/v1/tasks`, { headers })
    await response.body?.cancel()
    return response.status
  }
  for (let times = 0; times < 3 * REFUSALS_PER_MINUTE; times++) expect(await statusWith({})).toBe(401)
  expect(await statusWith({ authorization: `Bearer ${makeClientKey()}` })).toBe(401)
})
