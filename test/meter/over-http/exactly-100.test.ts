import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { makeIssuerKey, signJwt } from '../../auth/issuer.ts'
import { type StandIn, startStandIn } from '../../auth/stand-in.ts'
import { CHAT, chatBody, MESSAGES, messagesBody, nativeBody, SSE, TEXT } from '../../harness/caller.ts'
import { startTestGateway, type TestGateway } from '../../harness/gateway.ts'
import { askWhole, inParallel, mintToken } from './rig.ts'

const NO_STORE = { 'cache-control': 'no-store' }
const HOSTNAME = 'app.example'
const ISSUER = 'https://login.example'

let gateway: TestGateway
/** Answers as the key set of a login service and as Turnstile. */
let service: StandIn
let jwt: string

beforeAll(async () => {
  service = await startStandIn()
  const signer = await makeIssuerKey('ES256', 'k')
  service.answer = {
    status: 200,
    body: { keys: [signer.published], success: true, hostname: HOSTNAME, action: 'chat' },
  }
  const exp = Math.floor(Date.now() / 1000) + 600
  jwt = await signJwt(signer, { iss: ISSUER, sub: 'u-1', aud: 'chat', exp })
  const jwks = `${service.address}/jwks`
  gateway = await startTestGateway({
    TURNSTILE_SECRET: 's3cret',
    TURNSTILE_VERIFY_URL: `${service.address}/siteverify`,
    JWT_ISSUERS: JSON.stringify([
      { name: 'login', issuer: ISSUER, jwks, audience: 'chat', algorithms: ['ES256'] },
    ]),
  })
})
afterAll(async () => {
  await gateway.stop()
  await service.stop()
})

/** A token for a proof other than the key. */
async function mintByProof(key: { id: string }, proof: object): Promise<string> {
  const response = await fetch(`${gateway.address}/edge/tokens`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ key_id: key.id, ...proof }),
  })
  const { token } = (await response.json()) as { token: string }
  return token
}

/** How each dialect asks, and whether by a stream. */
const DIALECTS = {
  native: { path: TEXT, body: nativeBody('qwen-plus', 'hello'), headers: NO_STORE },
  'native stream': { path: TEXT, body: nativeBody('qwen-plus', 'hello'), headers: { ...NO_STORE, ...SSE } },
  compatible: { path: CHAT, body: chatBody('qwen-plus', 'hello'), headers: NO_STORE },
  anthropic: { path: MESSAGES, body: messagesBody('qwen-plus', 'hello'), headers: NO_STORE },
  responses: {
    path: '/compatible-mode/v1/responses',
    body: { model: 'qwen-plus', input: 'hello' },
    headers: NO_STORE,
  },
}

/** What is bounded, and who asks. */
const CALLERS: Record<string, (limit: number) => Promise<string>> = {
  'a key': async (limit) => (await gateway.issueKey({ limits: { requests_per_minute: limit } })).key,
  'a session token with a budget': async (limit) =>
    mintToken(gateway, (await gateway.issueKey()).key, { budget: { requests: limit } }),
  'an end user with limits': async (limit) => {
    const { key } = await gateway.issueKey({ user_limits: { requests_per_minute: limit } })
    return mintToken(gateway, key, { user: 'ann' })
  },
  'a token for a JWT': async (limit) => {
    const key = await gateway.issueKey({
      mint: { issuers: ['login'] },
      user_limits: { requests_per_minute: limit },
    })
    return mintByProof(key, { jwt })
  },
  'a token for a Turnstile response': async (limit) => {
    const turnstile = { hostnames: [HOSTNAME], action: 'chat' }
    const key = await gateway.issueKey({ mint: { turnstile, budget: { requests: limit } } })
    return mintByProof(key, { turnstile: 'widget' })
  },
}

/** Every dialect with every kind of caller: each of both once with a thousand requests, the other pairs with fewer. */
const cases = Object.entries(DIALECTS).flatMap(([dialect, asked], index) =>
  Object.entries(CALLERS).map(([caller, keyOf], position) => {
    const [requests, limit] = index === position ? [1000, 100] : [40, 10]
    return { requests, limit, caller, dialect, asked, keyOf }
  }),
)

describe('A limit on requests lets through exactly as many as it says, of all that arrive at the same moment', () => {
  it.each(cases)(
    '$limit of $requests: $caller, $dialect',
    { timeout: 120_000 },
    async ({ requests, limit, asked, keyOf }) => {
      const key = await keyOf(limit)
      const all = await inParallel(Array.from({ length: requests }), requests, () =>
        askWhole({ address: gateway.address, key, ...asked }),
      )
      const statuses = all.map(({ status }) => status)
      expect(statuses.filter((status) => status === 200)).toHaveLength(limit)
      expect(statuses.filter((status) => status === 429)).toHaveLength(requests - limit)
    },
  )
})
