import { describe, expect, it } from 'vitest'
import { PROOF_HOST, useProofs } from '../../auth/use-proofs.ts'
import { CHAT, chatBody, MESSAGES, messagesBody, nativeBody, SSE, TEXT } from '../../harness/caller.ts'
import { askWhole, inParallel, mintToken } from './rig.ts'

const NO_STORE = { 'cache-control': 'no-store' }

const rig = useProofs()

/** A token for a proof other than the key. */
async function mintByProof(key: { id: string }, proof: object): Promise<string> {
  const response = await fetch(`${rig.gateway.address}/edge/tokens`, {
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
  'a key': async (limit) => (await rig.gateway.issueKey({ limits: { requests_per_minute: limit } })).key,
  'a session token with a budget': async (limit) =>
    mintToken(rig.gateway, (await rig.gateway.issueKey()).key, { budget: { requests: limit } }),
  'an end user with limits': async (limit) => {
    const { key } = await rig.gateway.issueKey({ user_limits: { requests_per_minute: limit } })
    return mintToken(rig.gateway, key, { user: 'ann' })
  },
  'a token for a JWT': async (limit) => {
    const key = await rig.gateway.issueKey({
      mint: { issuers: ['login'] },
      user_limits: { requests_per_minute: limit },
    })
    return mintByProof(key, { jwt: await rig.jwtOf('u-1') })
  },
  'a token for a Turnstile response': async (limit) => {
    const turnstile = { hostnames: [PROOF_HOST], action: 'chat' }
    const key = await rig.gateway.issueKey({ mint: { turnstile, budget: { requests: limit } } })
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
        askWhole({ address: rig.gateway.address, key, ...asked }),
      )
      const statuses = all.map(({ status }) => status)
      expect(statuses.filter((status) => status === 200)).toHaveLength(limit)
      expect(statuses.filter((status) => status === 429)).toHaveLength(requests - limit)
    },
  )
})
