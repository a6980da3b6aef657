import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ask, nativeBody, SSE, TEXT, until } from '../harness/caller.ts'
import { ADMIN_TOKEN, startTestGateway, type TestGateway } from '../harness/gateway.ts'
import { json as answers, type PlainUpstream, startPlainUpstream } from '../harness/plain-upstream.ts'

/** The lifetime of every entry here. It is over once before the tests of a block begin. */
const LIFETIME_MS = 1000

/** No block has more tests that need an entry past its lifetime. */
const STALE_ENTRIES = 16

let upstream: PlainUpstream
let gateway: TestGateway
let key: { id: string; key: string }
let staleQuestions: string[]

function start(variables: Record<string, string>) {
  beforeAll(async () => {
    upstream = await startPlainUpstream()
    gateway = await startTestGateway({
      DASHSCOPE_BASE_URL: upstream.address,
      CACHE_TTL_SECONDS: String(LIFETIME_MS / 1000),
      ...variables,
    })
    key = await gateway.issueKey({ cache: { streams: true } })
    staleQuestions = await cacheAndExpire(STALE_ENTRIES)
  })
  afterAll(async () => {
    await gateway.stop()
    await upstream.stop()
  })
}

function say(text: string): void {
  const choice = { message: { role: 'assistant', content: text }, finish_reason: 'stop' }
  upstream.answer(
    answers(
      JSON.stringify({
        output: { choices: [choice] },
        usage: { input_tokens: 1, output_tokens: 1 },
        request_id: 'r',
      }),
    ),
  )
}

function send(question: string, headers: Record<string, string> = {}, parameters = {}): Promise<Response> {
  const body = nativeBody('qwen-plus', question, parameters)
  return ask({ address: gateway.address, key: key.key, path: TEXT, body, headers })
}

/** Asks several questions, whose response "old" is cached, and waits until the entries are past their lifetime. */
async function cacheAndExpire(count: number): Promise<string[]> {
  const questions = Array.from({ length: count }, () => randomUUID())
  say('old')
  await Promise.all(
    questions.map(async (question) => {
      const first = await send(question)
      expect(first.headers.get('cache-status')).toBe('dashscope-edge; fwd=miss; stored')
      await first.text()
    }),
  )
  await sleep(LIFETIME_MS + 50)
  return questions
}

/** A question whose response "old" is cached and past its lifetime. */
function stale(): string {
  const question = staleQuestions.pop()
  if (question === undefined) throw new Error('Raise STALE_ENTRIES: every stale entry was used.')
  upstream.seen.length = 0
  return question
}

const REVALIDATED = /^dashscope-edge; hit; ttl=(?:0|-\d+); detail=stale-while-revalidate$/

describe('stale-while-revalidate', () => {
  start({ CACHE_STALE_SECONDS: '60' })

  it('The old response is served at once, and one fetch renews it for all callers.', async () => {
    const question = stale()
    let release: () => void = () => undefined
    const held = new Promise<void>((resolve) => {
      release = resolve
    })
    upstream.answer(async (response, seen) => {
      await held
      await answers(
        '{"output":{"choices":[{"message":{"role":"assistant","content":"new"},"finish_reason":"stop"}]},"usage":{"input_tokens":1,"output_tokens":1},"request_id":"r2"}',
      )(response, seen)
    })
    for (let times = 0; times < 3; times++) {
      const response = await send(question)
      expect(response.headers.get('cache-status')).toMatch(REVALIDATED)
      expect(Number(response.headers.get('age'))).toBeGreaterThanOrEqual(1)
      expect(response.headers.get('x-edge-attempts')).toBe(null)
      expect(await response.text()).toContain('old')
    }
    await until('the fresh answer is asked for', () => upstream.seen.length > 0)
    release()
    await until('the fresh answer is there', async () =>
      (await (await send(question)).text()).includes('new'),
    )
    expect(upstream.seen).toHaveLength(1)
  })

  it('A stream gets the old response as a stream.', async () => {
    const question = stale()
    const response = await send(question, SSE, { incremental_output: true })
    expect(response.headers.get('cache-status')).toMatch(REVALIDATED)
    expect(response.headers.get('content-type')).toContain('text/event-stream')
    expect(await response.text()).toMatch(/^id:1\nevent:result\n.*old.*"finish_reason":"stop"/s)
  })

  it('A fetch that fails leaves the old response in the cache.', async () => {
    const question = stale()
    upstream.answer(answers('{"code":"InternalError","message":"m","request_id":"r"}', 500))
    const response = await send(question)
    expect(response.headers.get('cache-status')).toMatch(REVALIDATED)
    expect(await response.text()).toContain('old')
    await until('it was asked', () => upstream.seen.length >= 1)
    const again = await send(question)
    expect(again.headers.get('cache-status')).toMatch(REVALIDATED)
    expect(await again.text()).toContain('old')
  })

  it.each([
    ['max-age=100', 'fwd=stale'],
    ['max-age=0', 'fwd=stale'],
    ['no-cache', 'fwd=request'],
  ])('Nothing stale is served to a caller who says %s', async (control, status) => {
    const question = stale()
    say('new')
    const response = await send(question, { 'cache-control': control })
    expect(response.headers.get('cache-status')).toBe(`dashscope-edge; ${status}; stored`)
    expect(await response.text()).toContain('new')
  })

  it('Nothing stale is served to a caller who accepts only a cached and fresh response.', async () => {
    const question = stale()
    const response = await send(question, { 'cache-control': 'only-if-cached' })
    expect(response.status).toBe(504)
    // A refresh of the test before may still be retried.
    expect(upstream.seen.filter(({ body }) => body.includes(question))).toEqual([])
  })

  it('The request that fetches pays, and the others do not.', async () => {
    const own = await gateway.issueKey()
    const before = key
    key = own
    const [question = ''] = await cacheAndExpire(1)
    upstream.seen.length = 0
    say('new')
    await (await send(question)).text()
    await until('the fresh answer is there', async () =>
      (await (await send(question)).text()).includes('new'),
    )
    key = before
    const total = async () => {
      const response = await fetch(`${gateway.address}/edge/usage?key=${own.id}`, {
        headers: { authorization: `Bearer ${ADMIN_TOKEN}` },
      })
      return (
        (await response.json()) as { total: { requests: number; cache_hits: number; input_tokens: number } }
      ).total
    }
    await until('all are counted', async () => (await total()).requests >= 3)
    const { requests, cache_hits, input_tokens } = await total()
    expect(input_tokens).toBe(2)
    expect(cache_hits).toBe(requests - 2)
  })
})

describe('stale-if-error', () => {
  start({ CACHE_STALE_IF_ERROR_SECONDS: '60' })

  it.each([500, 502, 503, 504])('The old response replaces a %i of DashScope.', async (status) => {
    const question = stale()
    upstream.answer(answers('{"code":"ModelUnavailable","message":"m","request_id":"r"}', status))
    for (const headers of [{}, SSE]) {
      const response = await send(question, headers, { incremental_output: true })
      expect(response.status).toBe(200)
      expect(response.headers.get('cache-status')).toBe(
        `dashscope-edge; fwd=stale; fwd-status=${status}; detail=stale-if-error`,
      )
      expect(Number(response.headers.get('age'))).toBeGreaterThanOrEqual(1)
      expect(await response.text()).toContain('old')
    }
    // Each of the two was asked for three times before DashScope counted as having no answer.
    expect(upstream.seen).toHaveLength(2 * 3)
  })

  it('The old response replaces a broken connection.', async () => {
    const question = stale()
    upstream.answer((response) => {
      response.destroy()
    })
    const response = await send(question)
    expect(response.headers.get('cache-status')).toBe('dashscope-edge; fwd=stale; detail=stale-if-error')
    expect(await response.text()).toContain('old')
  })

  it('An error that the caller caused is returned.', async () => {
    const question = stale()
    upstream.answer(answers('{"code":"InvalidParameter","message":"m","request_id":"r"}', 400))
    expect((await send(question)).status).toBe(400)
    upstream.answer(answers('{"code":"Throttling","message":"m","request_id":"r"}', 429))
    expect((await send(question)).status).toBe(429)
  })

  it.each<[number, string]>([
    [404, ''],
    [402, 'Payment required'],
    [403, '<html>'],
    [401, ''],
  ])(
    'A refusal without JSON is no outage: %i %j is returned and not the old response.',
    async (status, body) => {
      const question = stale()
      upstream.answer(
        (response) => void response.writeHead(status, { 'content-type': 'text/plain' }).end(body),
      )
      const response = await send(question)
      expect([response.status, await response.text()]).toEqual([status, expect.not.stringContaining('old')])
    },
  )

  it.each(['no-cache', 'max-age=100'])('The failure is returned to a caller who says %s', async (control) => {
    const question = stale()
    upstream.answer(answers('{"code":"ModelUnavailable","message":"m","request_id":"r"}', 503))
    expect((await send(question, { 'cache-control': control })).status).toBe(503)
  })

  it('Without a failure, the caller waits for a fresh response.', async () => {
    const question = stale()
    say('new')
    const response = await send(question)
    expect(response.headers.get('cache-status')).toBe('dashscope-edge; fwd=stale; stored')
    expect(await response.text()).toContain('new')
  })
})

describe('without a grace period', () => {
  start({})

  it('Nothing stale is served, whether DashScope works or fails.', async () => {
    const question = stale()
    upstream.answer(answers('{"code":"ModelUnavailable","message":"m","request_id":"r"}', 503))
    expect((await send(question)).status).toBe(503)
    say('new')
    expect((await send(question)).headers.get('cache-status')).toBe('dashscope-edge; fwd=stale; stored')
  })
})
