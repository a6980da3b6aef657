import { beforeAll, expect, it } from 'vitest'
import { ask, askAndLeave, CHAT, chatBody, nativeBody, SSE, TEXT, until } from '../../harness/caller.ts'
import { type SharedGateway, sharedGateway } from '../../harness/shared-gateway.ts'
import { usageReport } from './rig.ts'

const DAILY_TOKENS = 1_000_000
const BOUND = 5000
const NO_STORE = { 'cache-control': 'no-store' }
const IN_HASTE = { ...NO_STORE, 'x-edge-timeout': '1' }

let gateway: SharedGateway
beforeAll(async () => {
  gateway = await sharedGateway()
})

interface Question {
  path: string
  body: object
  headers: Record<string, string>
}

const native = nativeBody('fault-stall', 'hi', { max_tokens: BOUND })
const chat = chatBody('fault-stall', 'hi', { max_tokens: BOUND })
const inputOf = (body: object) => Math.ceil(JSON.stringify(body).length / 4)

/** What the day of a key has been charged with. */
async function spent(key: string, id: string): Promise<number> {
  await until('it is settled', async () => (await usageReport(gateway, `key=${id}`)).total.requests === 1)
  const body = { model: 'text-embedding-v4', input: 'x' }
  const { headers } = await ask({
    address: gateway.address,
    key,
    path: '/compatible-mode/v1/embeddings',
    body,
  })
  const remaining = Number(/"tokens_per_day";r=(\d+)/.exec(headers.get('ratelimit') ?? '')?.[1])
  return DAILY_TOKENS - remaining - inputOf(body)
}

it.each<[string, Question, boolean, number]>([
  ['that its caller left', { path: TEXT, body: native, headers: NO_STORE }, true, inputOf(native) + BOUND],
  [
    'that its caller left and that could be shared',
    { path: TEXT, body: native, headers: {} },
    true,
    inputOf(native) + BOUND,
  ],
  [
    'for a stream that its caller left',
    { path: TEXT, body: native, headers: { ...NO_STORE, ...SSE } },
    true,
    inputOf(native) + BOUND,
  ],
  [
    'that came too late for its caller',
    { path: CHAT, body: chat, headers: IN_HASTE },
    false,
    inputOf(chat) + BOUND,
  ],
])(
  'A limit is charged with the estimate of a request %s',
  async (_, { path, body, headers }, leaves, tokens) => {
    const { id, key } = await gateway.issueKey({ limits: { tokens_per_day: DAILY_TOKENS } })
    const asked = { address: gateway.address, key, path, body, headers }
    if (leaves) await askAndLeave(asked, 'asked')
    else expect((await ask(asked)).status).toBe(504)
    expect(await spent(key, id)).toBe(tokens)
  },
)

it.each(['fault-status-503-ModelUnavailable', 'fault-html'])(
  'A caller that gave up is charged nothing if DashScope had no response: %s',
  async (model) => {
    const { id, key } = await gateway.issueKey({ limits: { tokens_per_day: DAILY_TOKENS } })
    const body = nativeBody(model, 'hi', { max_tokens: BOUND })
    const response = await ask({ address: gateway.address, key, path: TEXT, body, headers: NO_STORE })
    expect(response.status).toBeGreaterThanOrEqual(502)
    expect(await spent(key, id)).toBe(0)
  },
)

it('A limit is charged with the estimate of a preset whose caller left.', async () => {
  const { id, key } = await gateway.issueKey({ hooks: true, limits: { tokens_per_day: DAILY_TOKENS } })
  const preset = { name: 'p', model: 'fault-stall', user: 'Say {{word}}', parameters: { max_tokens: BOUND } }
  const made = await ask({ address: gateway.address, key, path: '/edge/presets', body: preset })
  const { id: presetId } = (await made.json()) as { id: string }
  const path = `/edge/presets/${presetId}/run`
  await askAndLeave({ address: gateway.address, key, path, body: { variables: { word: 'hi' } } }, 'asked')
  expect(await spent(key, id)).toBeGreaterThan(BOUND)
})
