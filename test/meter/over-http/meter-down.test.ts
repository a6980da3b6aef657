import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import {
  ask,
  CHAT,
  chatBody,
  json,
  MESSAGES,
  messagesBody,
  nativeBody,
  SSE,
  TEXT,
  until,
} from '../../harness/caller.ts'
import { startTestGateway, type TestGateway } from '../../harness/gateway.ts'

const LIMITS = { limits: { requests_per_minute: 100, requests_in_flight: 100 } }

let gateway: TestGateway | undefined
let logged: string[]
beforeEach(() => {
  logged = []
  for (const method of ['log', 'error'] as const) {
    vi.spyOn(console, method).mockImplementation((...words: unknown[]) => void logged.push(words.join(' ')))
  }
})
afterEach(async () => {
  vi.restoreAllMocks()
  await gateway?.stop()
})

async function start(variables: Record<string, string> = {}): Promise<TestGateway> {
  gateway = await startTestGateway({ METER_FAULT: 'throws', ...variables })
  return gateway
}

/** What the log says of usage that no meter took. */
function losses(): { key: string; requests: number; tokens: number }[] {
  return logged.filter((line) => line.includes('did not record usage')).map((line) => JSON.parse(line))
}

describe('while the meter is down', () => {
  it.each([
    { path: TEXT, body: nativeBody('qwen-plus', 'hello'), shape: { code: 'ModelUnavailable' } },
    { path: CHAT, body: chatBody('qwen-plus', 'hello'), shape: { error: { code: 'service_unavailable' } } },
    {
      path: MESSAGES,
      body: messagesBody('qwen3-max', 'hello'),
      shape: { error: { type: 'overloaded_error' } },
    },
  ])('A key with limits is refused, and nothing goes upstream: $path', async ({ path, body, shape }) => {
    const { address, issueKey, calls } = await start()
    const { key } = await issueKey(LIMITS)
    for (const headers of [{}, SSE]) {
      const response = await ask({ address, key, path, body, headers })
      expect(response.status).toBe(503)
      expect(response.headers.get('retry-after')).toBe('2')
      expect(await json(response)).toMatchObject(shape)
    }
    expect(await calls()).toEqual([])
  })

  it('A key with limits may pass if the operator chose so.', async () => {
    const { address, issueKey, calls } = await start({ LIMITS_FAIL: 'open' })
    const { id, key } = await issueKey(LIMITS)
    const response = await ask({ address, key, path: TEXT, body: nativeBody('qwen-plus', 'hello') })
    expect(response.status).toBe(200)
    expect(response.headers.get('ratelimit')).toBeNull()
    expect(await response.text()).toContain('You said: hello')
    expect(await calls()).toHaveLength(1)
    await until('the loss is in the log', () => losses().length > 0)
    expect(losses()).toMatchObject([{ key: id, requests: 1, tokens: 11 }])
  })

  it('A key without limits notices nothing, because its meter only gets usage afterwards, in batches.', async () => {
    const { address, issueKey } = await start()
    const { id, key } = await issueKey()
    const stream = { address, key, path: TEXT, body: nativeBody('qwen-plus', 'hello'), headers: SSE }
    for (let times = 0; times < 3; times++) {
      const response = await ask(stream)
      expect(response.status).toBe(200)
      expect(await response.text()).toMatch(/"finish_reason":"stop".*\n\n$/)
    }
    await until(
      'the loss is in the log',
      () => losses().reduce((sum, { requests }) => sum + requests, 0) === 3,
    )
    expect(losses().every((loss) => loss.key === id)).toBe(true)
    expect(losses().reduce((sum, { tokens }) => sum + tokens, 0)).toBe(33)
  })

  it('A key whose limits bound nothing is a key without limits.', async () => {
    const { address, issueKey } = await start()
    const { key } = await issueKey({ limits: {}, user_limits: {} })
    const response = await ask({ address, key, path: TEXT, body: nativeBody('qwen-plus', 'hello') })
    expect(response.status).toBe(200)
  })

  it('A key that is not metered never uses its meter.', async () => {
    const { address, issueKey } = await start()
    const { key } = await issueKey({ metered: false })
    const response = await ask({
      address,
      key,
      path: TEXT,
      body: nativeBody('qwen-plus', 'hello'),
      headers: SSE,
    })
    expect(await response.text()).toMatch(/"finish_reason":"stop".*\n\n$/)
    await new Promise((resolve) => setTimeout(resolve, 1500))
    expect(logged.filter((line) => line.includes(' meter '))).toEqual([])
  })
})
