import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { CHAT, chatBody, MESSAGES, messagesBody, nativeBody, SSE, TEXT } from '../../harness/caller.ts'
import { startTestGateway, type TestGateway } from '../../harness/gateway.ts'
import { askWhole, inParallel, mintToken } from './rig.ts'

const REQUESTS = 1000
const LIMIT = 100
const NO_STORE = { 'cache-control': 'no-store' }

let gateway: TestGateway
beforeAll(async () => {
  gateway = await startTestGateway()
})
afterAll(() => gateway.stop())

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
const CALLERS: Record<string, () => Promise<string>> = {
  'a key': async () => (await gateway.issueKey({ limits: { requests_per_minute: LIMIT } })).key,
  'a session token with a budget': async () =>
    mintToken(gateway, (await gateway.issueKey()).key, { budget: { requests: LIMIT } }),
  'an end user with limits': async () => {
    const { key } = await gateway.issueKey({ user_limits: { requests_per_minute: LIMIT } })
    return mintToken(gateway, key, { user: 'ann' })
  },
}

/** Each dialect and each kind of caller. */
const cases = Object.entries(DIALECTS).map(([dialect, asked], index) => {
  const callers = Object.keys(CALLERS)
  return [callers[index % callers.length] ?? '', dialect, asked] as const
})

describe(`${REQUESTS} requests at the same moment against a limit of ${LIMIT}`, () => {
  it.each(cases)(
    'Exactly the allowed number passes for %s, %s',
    { timeout: 120_000 },
    async (caller, _, asked) => {
      const key = await (CALLERS[caller] ?? CALLERS['a key'])?.()
      const all = await inParallel(Array.from({ length: REQUESTS }), REQUESTS, () =>
        askWhole({ address: gateway.address, key: key ?? '', ...asked }),
      )
      const statuses = all.map(({ status }) => status)
      expect(statuses.filter((status) => status === 200)).toHaveLength(LIMIT)
      expect(statuses.filter((status) => status === 429)).toHaveLength(REQUESTS - LIMIT)
    },
  )
})
