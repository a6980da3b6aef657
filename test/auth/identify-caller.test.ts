import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { makeClientKey } from '../../src/keys/client-key.ts'
import { CHAT, chatBody } from '../harness/caller.ts'
import { startTestGateway, type TestGateway } from '../harness/gateway.ts'

const REFUSALS_PER_MINUTE = 5

let gateway: TestGateway
beforeAll(async () => {
  gateway = await startTestGateway(
    { ALLOWED_ORIGINS: 'https://app.example' },
    {
      refusalsPerMinute: REFUSALS_PER_MINUTE,
    },
  )
})
afterAll(() => gateway.stop())

type Caller = { key: string; address: string; origin?: string }

/** Every place where a client key opens something. */
const openings: [string, (caller: Caller) => Promise<number>][] = [
  ['a question', (caller) => call(caller, 'POST', CHAT, chatBody('qwen-plus', 'hello'))],
  ['a mint', (caller) => call(caller, 'POST', '/edge/tokens', {})],
  ['the usage', (caller) => call(caller, 'GET', '/edge/usage')],
]

async function call({ key, address, origin }: Caller, method: string, path: string, body?: unknown) {
  const response = await fetch(gateway.address + path, {
    method,
    headers: {
      authorization: `Bearer ${key}`,
      'content-type': 'application/json',
      'cf-connecting-ip': address,
      ...(origin !== undefined && { origin }),
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  })
  await response.body?.cancel()
  return response.status
}

describe.each(openings)('the caller of a route (%s)', (name, ask) => {
  const place = 1 + openings.findIndex(([each]) => each === name)

  it('A caller gets in only from the IP addresses of its key.', async () => {
    const { key } = await gateway.issueKey({ ip_ranges: [`192.0.2.${place}`] })
    expect(await ask({ key, address: `192.0.2.${place}` })).toBeLessThan(300)
    expect(await ask({ key, address: '203.0.113.9' })).toBe(403)
  })

  it.each([[['https://page.example']], [undefined]])(
    'A caller gets in only from the origins of its key: %j',
    async (origins) => {
      const { key } = await gateway.issueKey(origins && { origins })
      const address = '192.0.2.100'
      const [own = 'https://app.example'] = origins ?? []
      expect(await ask({ key, address, origin: own })).toBeLessThan(300)
      expect(await ask({ key, address, origin: 'https://evil.example' })).toBe(403)
    },
  )

  it('An IP address that tries key after key is throttled, except for a key that is known there.', async () => {
    const address = `198.51.100.${place}`
    const { key } = await gateway.issueKey()
    expect(await ask({ key, address })).toBeLessThan(300)
    const statuses = new Set<number>()
    for (let times = 0; times <= REFUSALS_PER_MINUTE; times++) {
      statuses.add(await ask({ key: makeClientKey(), address }))
    }
    expect([...statuses]).toEqual([401])
    for (const [, other] of openings) {
      expect(await other({ key: makeClientKey(), address })).toBe(429)
      expect(await other({ key, address })).toBeLessThan(300)
    }
  })
})

it('A page that tries proof after proof is throttled too.', async () => {
  const { id } = await gateway.issueKey()
  const tryProof = () =>
    fetch(`${gateway.address}/edge/tokens`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'cf-connecting-ip': '198.51.100.9' },
      body: JSON.stringify({ key_id: id, turnstile: 'invented' }),
    })
  const statuses: number[] = []
  for (let times = 0; times <= REFUSALS_PER_MINUTE + 1; times++) statuses.push((await tryProof()).status)
  expect(statuses).toEqual([...Array(REFUSALS_PER_MINUTE + 1).fill(403), 429])
})
