import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  askAndLeave,
  CHAT,
  chatBody,
  MESSAGES,
  messagesBody,
  nativeBody,
  SSE,
  TEXT,
  until,
} from '../../harness/caller.ts'
import { startTestGateway, type TestGateway } from '../../harness/gateway.ts'
import { askWhole, leaveAfterFrames, type Read } from './rig.ts'

const NO_STORE = { 'cache-control': 'no-store' }

let gateway: TestGateway
beforeAll(async () => {
  gateway = await startTestGateway({ UPSTREAM_TIMEOUT_SECONDS: '4' })
})
afterAll(() => gateway.stop())

/** A key that may have so many requests in flight. */
async function keyFor(requestsInFlight: number): Promise<string> {
  return (await gateway.issueKey({ limits: { requests_in_flight: requestsInFlight } })).key
}

interface Question {
  path?: string
  body?: object
  headers?: Record<string, string>
}

function ask(
  key: string,
  { path = TEXT, body = nativeBody('qwen-plus', 'hi'), headers = {} }: Question = {},
) {
  return askWhole({ address: gateway.address, key, path, body, headers: { ...NO_STORE, ...headers } })
}

/** A reservation that is not settled would be in flight for a quarter of an hour. */
async function expectFree(key: string): Promise<void> {
  await until('the place in flight is free again', async () => (await ask(key)).status === 200)
}

describe('requests in flight', () => {
  it('Requests in flight are limited while they run.', async () => {
    const key = await keyFor(2)
    const slow = { body: nativeBody('fault-slow-1500', 'hi') }
    const all = await Promise.all(Array.from({ length: 10 }, () => ask(key, slow)))
    expect(all.filter(({ status }) => status === 200)).toHaveLength(2)
    const refused = all.find(({ status }) => status === 429) as Read
    expect(JSON.parse(refused.text)).toMatchObject({ code: 'Throttling.RateQuota' })
    expect(refused.headers['retry-after']).toBe('1')
    expect(refused.headers['ratelimit-policy']).toBe('"requests_in_flight";q=2;qu="concurrent-requests"')
    expect(refused.headers.ratelimit).toBe('"requests_in_flight";r=0')
    await expectFree(key)
  })

  it.each<[string, Question & { status: number }]>([
    ['a stream is complete', { headers: SSE, status: 200 }],
    [
      'a stream broke between frames',
      { headers: SSE, body: nativeBody('fault-cut-between', 'hi'), status: 200 },
    ],
    [
      'a stream broke within a frame',
      { path: CHAT, body: chatBody('fault-cut', 'hi', { stream: true }), status: 200 },
    ],
    [
      'a message broke off',
      { path: MESSAGES, body: messagesBody('fault-cut', 'hi', { stream: true }), status: 200 },
    ],
    ['an answer broke off', { body: nativeBody('fault-cut', 'hi'), status: 502 }],
    ['an answer is nonsense', { body: nativeBody('fault-nonsense', 'hi'), status: 502 }],
    ['DashScope refused', { body: nativeBody('fault-status-400-InvalidParameter', 'hi'), status: 400 }],
    [
      "DashScope refused in a stream's first event",
      { headers: SSE, body: nativeBody('fault-first-event-429-Throttling', 'hi'), status: 429 },
    ],
    ['DashScope did not answer in time', { body: nativeBody('fault-stall', 'hi'), status: 504 }],
    [
      'only a cached answer was wanted',
      { headers: { 'cache-control': 'only-if-cached' }, body: nativeBody('qwen-plus', 'never'), status: 504 },
    ],
    [
      'the answer is too large to be read whole',
      { body: nativeBody('fault-large-answer-22000000', 'hi'), status: 200 },
    ],
    [
      'an application answered',
      { path: '/api/v1/apps/abc/completion', body: { input: { prompt: 'hi' } }, status: 200 },
    ],
    [
      'a task was made',
      {
        path: '/api/v1/services/aigc/text2image/image-synthesis',
        headers: { 'x-dashscope-async': 'enable' },
        body: { model: 'wanx-v1', input: { prompt: 'a cat' } },
        status: 200,
      },
    ],
  ])('A request is no longer in flight when %s', async (_, { status, ...question }) => {
    const key = await keyFor(1)
    expect((await ask(key, question)).status).toBe(status)
    await expectFree(key)
  })

  it.each(['/compatible-mode/v1/files', '/api/v1/tasks', '/compatible-mode/v1/models'])(
    'A request is no longer in flight when %s was listed.',
    async (path) => {
      const key = await keyFor(1)
      const headers = { authorization: `Bearer ${key}` }
      expect((await fetch(gateway.address + path, { headers })).status).toBe(200)
      await expectFree(key)
    },
  )
})

describe('requests whose caller has left', () => {
  it.each<[string, Question]>([
    ['a whole answer', { body: nativeBody('fault-stall', 'hi'), headers: NO_STORE }],
    ['a whole answer that could be kept', { body: nativeBody('fault-stall', 'keep me') }],
    ['a stream', { body: nativeBody('fault-stall', 'hi'), headers: SSE }],
  ])(
    'A request is no longer in flight after its caller left before the head of %s',
    async (_, { headers = {}, body }) => {
      const key = await keyFor(1)
      await askAndLeave({ address: gateway.address, key, path: TEXT, body, headers }, 'asked')
      await expectFree(key)
    },
  )

  it.each<[string, Question]>([
    ['a native stream', { path: TEXT, headers: SSE, body: nativeBody('fault-stall-stream', 'hi') }],
    ['a chat', { path: CHAT, body: chatBody('fault-stall-stream', 'hi', { stream: true }) }],
    ['a message', { path: MESSAGES, body: messagesBody('fault-stall-stream', 'hi', { stream: true }) }],
  ])(
    'A request is no longer in flight after its caller left in the middle of %s',
    async (_, { path = TEXT, headers = {}, body }) => {
      const key = await keyFor(1)
      await leaveAfterFrames({ address: gateway.address, key, path, headers, body }, 2)
      await expectFree(key)
    },
  )

  it('A request that waited for an identical one of another caller is over before that one is answered.', async () => {
    const key = await keyFor(2)
    const asked = {
      address: gateway.address,
      key,
      path: TEXT,
      body: nativeBody('fault-slow-3500', 'together'),
    }
    const first = askWhole(asked)
    let isResponded = false
    void first.then(() => {
      isResponded = true
    })
    await until('the first is upstream', async () =>
      (await gateway.calls()).some(({ body }) => body.includes('together')),
    )
    await askAndLeave(asked, 'asked', 100)
    await expectFree(key)
    expect(isResponded).toBe(false)
    expect((await first).status).toBe(200)
  })
})
