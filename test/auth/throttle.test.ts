import { afterAll, beforeAll, expect, it } from 'vitest'
import { makeClientKey } from '../../src/keys/client-key.ts'
import { ask, nativeBody, TEXT } from '../harness/caller.ts'
import { startTestGateway, type TestGateway } from '../harness/gateway.ts'

let gateway: TestGateway
beforeAll(async () => {
  gateway = await startTestGateway({}, { refusalsPerMinute: 5 })
})
afterAll(() => gateway.stop())

it('An IP address that is refused repeatedly is throttled, and a key that is known there keeps working.', async () => {
  const { key } = await gateway.issueKey()
  const askWith = (credential: string, address: string) =>
    ask({
      address: gateway.address,
      key: credential,
      path: TEXT,
      headers: { 'cf-connecting-ip': address },
      body: nativeBody('qwen-plus', 'hello'),
    })
  expect((await askWith(key, '192.0.2.1')).status).toBe(200)
  const statuses: number[] = []
  for (let times = 0; times < 12; times++) statuses.push((await askWith(makeClientKey(), '192.0.2.1')).status)
  expect(statuses.slice(0, 5)).toEqual([401, 401, 401, 401, 401])
  const braked = await askWith(makeClientKey(), '192.0.2.1')
  expect(braked.status).toBe(429)
  expect(Number(braked.headers.get('retry-after'))).toBeGreaterThan(0)
  expect((await askWith(key, '192.0.2.1')).status).toBe(200)
  expect((await askWith(makeClientKey(), '192.0.2.2')).status).toBe(401)
})

it('Without IP addresses the guesses of one caller throttle no other caller.', async () => {
  const { key } = await gateway.issueKey()
  const statusOf = async (credential: string) =>
    (await ask({ address: gateway.address, key: credential, path: TEXT, body: nativeBody('qwen-plus', 'a') }))
      .status
  for (let times = 0; times < 12; times++) expect(await statusOf(makeClientKey())).toBe(401)
  expect(await statusOf(key)).toBe(200)
})
