import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  ask,
  askAndLeave,
  CHAT,
  chatBody,
  MESSAGES,
  messagesBody,
  nativeBody,
  SSE,
  TEXT,
  until,
} from '../harness/caller.ts'
import { startTestGateway, type TestGateway } from '../harness/gateway.ts'
import { type PlainUpstream, startPlainUpstream } from '../harness/plain-upstream.ts'

/** Answers after as many milliseconds as the prompt says; after 0, never. */
let upstream: PlainUpstream
let gateway: TestGateway
let key: string
let uncounted: string
let questions = 0
let broken = 0

beforeAll(async () => {
  upstream = await startPlainUpstream()
  upstream.answer((response, { body }) => {
    if (body.includes('breaks at first') && broken < 3) {
      broken++
      setTimeout(() => response.destroy(), 200)
      return
    }
    const delay = Number(/after (\d+)/.exec(body.toString())?.[1] ?? 0)
    if (delay === 0) return
    setTimeout(() => {
      response.writeHead(200, { 'content-type': 'application/json' })
      response.end(
        JSON.stringify({ output: { text: body.toString() }, request_id: String(upstream.seen.length) }),
      )
    }, delay)
  })
  gateway = await startTestGateway({ DASHSCOPE_BASE_URL: upstream.address })
  key = (await gateway.issueKey()).key
  uncounted = (await gateway.issueKey({ metered: false })).key
})
afterAll(async () => {
  await gateway.stop()
  await upstream.stop()
})

/** A question that no other test asked. */
function question(delayMs: number) {
  return nativeBody('qwen-plus', `question ${++questions}, after ${delayMs}`)
}

describe('P5 a caller that leaves before the response', () => {
  const cases: [string, string, Record<string, string>, () => unknown][] = [
    ['a native answer', TEXT, {}, () => question(0)],
    ['a native answer past the cache', TEXT, { 'cache-control': 'no-store' }, () => question(0)],
    ['a native stream', TEXT, SSE, () => question(0)],
    ['a compatible stream', CHAT, {}, () => chatBody('qwen-plus', `q ${++questions}`, { stream: true })],
    ['an Anthropic answer', MESSAGES, {}, () => messagesBody('qwen-plus', `q ${++questions}`)],
  ]
  describe.each(['counted', 'not counted'])('Usage %s', (counted) => {
    it.each(cases)('The upstream request is aborted for %s', async (_name, path, headers, body) => {
      const before = upstream.left()
      const asked = upstream.seen.length
      const credential = counted === 'counted' ? key : uncounted
      await askAndLeave(
        { address: gateway.address, key: credential, path, headers, body: body() },
        'asked',
        () => until('the upstream is asked', () => upstream.seen.length > asked),
      )
      await until('the upstream request ends', () => upstream.left() === before + 1)
    })
  })
})

describe('P5 identical requests at the same moment', () => {
  it('A hundred requests cost one upstream call, and each gets the response.', async () => {
    const before = upstream.seen.length
    const body = question(400)
    const responses = await Promise.all(
      Array.from({ length: 100 }, () => ask({ address: gateway.address, key, path: TEXT, body })),
    )
    expect(upstream.seen.length).toBe(before + 1)
    const texts = await Promise.all(responses.map((response) => response.text()))
    expect(new Set(texts).size).toBe(1)
    expect(texts[0]).toContain(body.input.messages[0]?.content)
    const collapsed = responses.filter((response) =>
      response.headers.get('cache-status')?.endsWith('fwd=miss; collapsed'),
    )
    expect(collapsed.length).toBeGreaterThanOrEqual(90)
    const leaders = responses.filter((response) =>
      response.headers.get('cache-status')?.endsWith('fwd=miss; stored'),
    )
    expect(leaders.length).toBe(1)
  })

  it('The upstream call goes on when the first caller leaves.', async () => {
    const before = { asked: upstream.seen.length, left: upstream.left() }
    const body = question(2000)
    const asked = { address: gateway.address, key, path: TEXT, body }
    let second: Promise<Response> | undefined
    await askAndLeave(asked, 'asked', async () => {
      await until('the upstream is asked', () => upstream.seen.length > before.asked)
      second = ask(asked)
      // Nothing shows when the second request has joined the call.
      await sleep(500)
    })
    const response = (await second) as Response
    expect(response.status).toBe(200)
    expect(await response.text()).toContain(body.input.messages[0]?.content)
    expect(upstream.seen.length).toBe(before.asked + 1)
    expect(upstream.left()).toBe(before.left)
  })

  it('The upstream call is aborted when all callers have left.', async () => {
    const before = { asked: upstream.seen.length, left: upstream.left() }
    const body = question(0)
    const asked = { address: gateway.address, key, path: TEXT, body }
    await Promise.all([
      askAndLeave(asked, 'asked', 300),
      askAndLeave(asked, 'asked', 500),
      askAndLeave(asked, 'asked', 700),
    ])
    await until('the upstream request ends', () => upstream.left() === before.left + 1)
    expect(upstream.seen.length).toBe(before.asked + 1)
  })

  it('The requests share a failure after the retries, and the next one is sent again.', async () => {
    const before = upstream.seen.length
    const body = nativeBody('qwen-plus', 'breaks at first, answers after 200')
    const asked = { address: gateway.address, key, path: TEXT, body }
    const responses = await Promise.all([ask(asked), ask(asked), ask(asked)])
    expect(responses.map((response) => response.status)).toEqual([502, 502, 502])
    expect(upstream.seen.length).toBe(before + 3)
    expect((await ask(asked)).status).toBe(200)
  })

  it('Requests with no-store or no-cache each get a response of their own.', async () => {
    const before = upstream.seen.length
    const body = question(200)
    await Promise.all(
      ['no-store', 'no-store', 'no-cache', 'no-cache'].map(async (directive) => {
        const headers = { 'cache-control': directive }
        const response = await ask({ address: gateway.address, key, path: TEXT, headers, body })
        expect(response.status).toBe(200)
      }),
    )
    expect(upstream.seen.length).toBe(before + 4)
  })

  it('Requests of two keys are not shared.', async () => {
    const before = upstream.seen.length
    const other = (await gateway.issueKey()).key
    const body = question(200)
    await Promise.all(
      [key, other].map((each) => ask({ address: gateway.address, key: each, path: TEXT, body })),
    )
    expect(upstream.seen.length).toBe(before + 2)
  })
})
