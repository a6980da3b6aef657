import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { CHAT, chatBody, MESSAGES, messagesBody, nativeBody, SSE, TEXT, until } from '../../harness/caller.ts'
import { startTestGateway, type TestGateway } from '../../harness/gateway.ts'
import { askWhole, billedCalls, inParallel, mintToken, type Read, usageReport } from './rig.ts'

/** Each request is to be one of its own upstream. */
const NO_STORE = { 'cache-control': 'no-store' }

let gateway: TestGateway
beforeAll(async () => {
  gateway = await startTestGateway()
})
afterAll(() => gateway.stop())

function askText(key: string, body: object = nativeBody('qwen-plus', 'hello'), headers = NO_STORE) {
  return askWhole({ address: gateway.address, key, path: TEXT, body, headers })
}

/** The number at `name` in a RateLimit or RateLimit-Policy header. */
function told(read: Read, header: 'ratelimit' | 'ratelimit-policy', name: string): Record<string, number> {
  const item = read.headers[header]?.split(', ').find((each) => each.startsWith(`"${name}";`))
  const pairs = [...(item?.matchAll(/;(\w+)=(\d+)/g) ?? [])]
  return Object.fromEntries(pairs.map(([, parameter, value]) => [parameter, Number(value)]))
}

/** Tokens that the gateway reserves for a body without media. */
function estimateOf(body: object, output: number): number {
  return Math.ceil(Buffer.byteLength(JSON.stringify(body)) / 4) + output
}

describe('requests a minute', () => {
  it('The headers tell the caller what is left, what the limit is, and when to come again.', async () => {
    const { key } = await gateway.issueKey({ limits: { requests_per_minute: 2 } })
    const first = await askText(key)
    expect(first.headers['ratelimit-policy']).toBe('"requests_per_minute";q=2;w=60')
    expect(first.headers.ratelimit).toBe('"requests_per_minute";r=1;t=60')
    expect(first.headers['retry-after']).toBeUndefined()
    expect(told(await askText(key), 'ratelimit', 'requests_per_minute').r).toBe(0)
    const refused = await askText(key)
    expect(refused.status).toBe(429)
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(50)
    expect(Number(refused.headers['retry-after'])).toBeLessThanOrEqual(60)
    expect(told(refused, 'ratelimit', 'requests_per_minute')).toMatchObject({ r: 0 })
    expect(refused.headers['ratelimit-policy']).toBe('"requests_per_minute";q=2;w=60')
  })

  it('The headers are sent with cached responses, streams and errors of DashScope as well.', async () => {
    const { key } = await gateway.issueKey({ limits: { requests_per_minute: 50 } })
    const cacheable = nativeBody('qwen-plus', 'the state of my limits')
    const reads = [
      await askText(key, cacheable, {} as never),
      await askText(key, cacheable, {} as never),
      await askText(key, cacheable, SSE as never),
      await askText(key, nativeBody('fault-status-500-InternalError', 'hello')),
      await askText(key, nativeBody('fault-html', 'hello')),
    ]
    expect(reads.map(({ status }) => status)).toEqual([200, 200, 200, 500, 502])
    expect(reads[1]?.headers['cache-status']).toContain('hit')
    expect(reads.map((read) => told(read, 'ratelimit', 'requests_per_minute').r)).toEqual([
      49, 48, 47, 46, 45,
    ])
  })
})

describe('limits on tokens', () => {
  it('Tokens per minute are reserved by estimate while requests run, and settled with the usage.', async () => {
    const body = nativeBody('fault-slow-1500', 'hello', { max_tokens: 100 })
    const estimate = estimateOf(body, 100)
    const quota = 5 * estimate + 10
    const { key } = await gateway.issueKey({ limits: { tokens_per_minute: quota } })
    const all = await inParallel(Array.from({ length: 20 }), 20, () => askText(key, body))
    expect(all.filter(({ status }) => status === 200)).toHaveLength(5)
    const refused = all.find(({ status }) => status === 429)
    expect(JSON.parse(refused?.text ?? '')).toMatchObject({
      code: 'Throttling.RateQuota',
      message: expect.stringContaining('tokens_per_minute'),
    })
    const used = (await billedCalls(gateway))
      .filter((call) => call.body === JSON.stringify(body))
      .reduce((sum, { usage }) => sum + (usage?.input_tokens ?? 0) + (usage?.output_tokens ?? 0), 0)
    expect(used).toBeGreaterThan(0)
    const small = nativeBody('qwen-plus', 'hello', { max_tokens: 1 })
    let taken = 0
    await until('all five are settled with their real tokens', async () => {
      const { status, headers, body: response, text } = await askText(key, small)
      expect(status).toBe(200)
      taken += estimateOf(small, 1)
      const left = told({ status, headers, body: response, text }, 'ratelimit', 'tokens_per_minute').r ?? 0
      // The probes themselves are reserved, and settled with less than their estimate.
      return left >= quota - used - taken
    })
  })

  it('If one request alone asks for too many tokens, the message says that waiting does not help.', async () => {
    const { key } = await gateway.issueKey({ limits: { tokens_per_minute: 20 } })
    const read = await askText(key)
    expect(read.status).toBe(429)
    expect(JSON.parse(read.text).message).toMatch(/^This request alone/)
  })

  it('Tokens per day count the usage exactly, and a refusal waits for the next day.', async () => {
    const body = nativeBody('qwen-plus', 'hello', { max_tokens: 100 })
    const estimate = estimateOf(body, 100)
    const { id, key } = await gateway.issueKey({ limits: { tokens_per_day: estimate + 10 } })
    expect((await askText(key, body)).status).toBe(200)
    await until('the first one is settled', async () => {
      const { total } = await usageReport(gateway, `key=${id}`)
      return total.requests === 1
    })
    const { total } = await usageReport(gateway, `key=${id}`)
    expect([total.input_tokens, total.output_tokens]).toEqual([2, 9])
    const read = await askText(key, body)
    expect(read.status).toBe(429)
    expect(JSON.parse(read.text)).toMatchObject({ code: 'Throttling.AllocationQuota' })
    expect(told(read, 'ratelimit', 'tokens_per_day').r).toBe(estimate + 10 - 11)
    const untilMidnight = 86_400 - (Math.floor(Date.now() / 1000) % 86_400)
    expect(Math.abs(Number(read.headers['retry-after']) - untilMidnight)).toBeLessThan(30)
  })

  it('A limit on money holds, and the headers do not mention it.', async () => {
    const body = nativeBody('qwen-plus', 'hello', { max_tokens: 100 })
    const micros = Math.round((estimateOf(body, 100) - 100) * 0.8 + 100 * 2)
    const { id, key } = await gateway.issueKey({ limits: { money_per_day: (micros + 15) / 1e6 } })
    const first = await askText(key, body)
    expect(first.status).toBe(200)
    expect(first.headers.ratelimit).toBeUndefined()
    await until('it is settled', async () => (await usageReport(gateway, `key=${id}`)).total.requests === 1)
    // 2 tokens in at 0.8 and 9 out at 2 are 19.6 millionths.
    expect((await usageReport(gateway, `key=${id}`)).total.money).toBe(0.0000196)
    const read = await askText(key, body)
    expect(read.status).toBe(429)
    expect(JSON.parse(read.text).message).toContain('money_per_day')
    expect(read.headers.ratelimit).toBeUndefined()
  })
})

describe('a limit on money and a model without a price', () => {
  const unlisted = nativeBody('qwen9-unheard-of', 'hello')

  it.each<[string, Record<string, unknown>, object, number]>([
    [
      'A model without a price is refused under a limit on money, which could not hold.',
      { limits: { money_per_day: 1 } },
      unlisted,
      403,
    ],
    [
      'A model without a price may be used under other limits.',
      { limits: { tokens_per_day: 1e6 } },
      unlisted,
      200,
    ],
    [
      'A model with a price may be used under a limit on money.',
      { limits: { money_per_day: 1 } },
      nativeBody('qwen-plus', 'hello'),
      200,
    ],
  ])('%s', async (_, fields, body, status) => {
    const { key } = await gateway.issueKey(fields)
    const read = await askText(key, body)
    expect(read.status).toBe(status)
    if (status === 403) expect(JSON.parse(read.text)).toMatchObject({ code: 'Model.AccessDenied' })
    if (status === 403) expect(read.text).toContain('PRICES')
  })
})

describe.each([
  { dialect: 'native', path: TEXT, body: nativeBody('qwen-plus', 'hello') },
  { dialect: 'compatible', path: CHAT, body: chatBody('qwen-plus', 'hello') },
  { dialect: 'anthropic', path: MESSAGES, body: messagesBody('qwen3-max', 'hello') },
])('A refusal in the dialect $dialect', ({ dialect, path, body }) => {
  const shapes: Record<string, (kind: 'rate' | 'quota') => object> = {
    native: (kind) => ({ code: kind === 'rate' ? 'Throttling.RateQuota' : 'Throttling.AllocationQuota' }),
    compatible: (kind) => ({
      error: {
        code: kind === 'rate' ? 'limit_requests' : 'insufficient_quota',
        type: kind === 'rate' ? 'limit_requests' : 'insufficient_quota',
      },
    }),
    anthropic: () => ({ type: 'error', error: { type: 'rate_limit_error' } }),
  }

  it.each([
    ['rate', { requests_per_minute: 1 }],
    ['quota', { tokens_per_day: 1 }],
  ] as const)('A refusal names a %s', async (kind, limits) => {
    const { key } = await gateway.issueKey({ limits })
    const asked = { address: gateway.address, key, path, body, headers: NO_STORE }
    if (kind === 'rate') expect((await askWhole(asked)).status).toBe(200)
    for (const headers of [NO_STORE, { ...NO_STORE, ...SSE }]) {
      const read = await askWhole({ ...asked, headers })
      expect(read.status).toBe(429)
      expect(read.headers['content-type']).toMatch(/^application\/json/)
      if (kind === 'rate') expect(read.headers['retry-after']).toMatch(/^[1-9]\d*$/)
      // A request that alone exceeds the quota is not to be tried again.
      else expect(read.headers).toMatchObject({ 'x-should-retry': 'false' })
      expect('retry-after' in read.headers).toBe(kind === 'rate')
      expect(JSON.parse(read.text)).toMatchObject(shapes[dialect]?.(kind) ?? {})
    }
  })
})

describe('end users and session tokens', () => {
  it('Each end user has the limits of users.', async () => {
    const { key } = await gateway.issueKey({ user_limits: { requests_per_minute: 10 } })
    const ann = await mintToken(gateway, key, { user: 'ann' })
    const annAgain = await mintToken(gateway, key, { user: 'ann' })
    const bob = await mintToken(gateway, key, { user: 'bob' })
    const all = await inParallel(Array.from({ length: 50 }), 50, () => askText(ann))
    expect(all.filter(({ status }) => status === 200)).toHaveLength(10)
    expect((await askText(annAgain)).status).toBe(429)
    const other = await askText(bob)
    expect(other.status).toBe(200)
    expect(told(other, 'ratelimit', 'requests_per_minute').r).toBe(9)
    const holder = await askText(key)
    expect(holder.status).toBe(200)
    expect(holder.headers.ratelimit).toBeUndefined()
  })

  it("A session token's budget of requests is exact and its own.", async () => {
    const { key } = await gateway.issueKey()
    const token = await mintToken(gateway, key, { budget: { requests: 5 } })
    const all = await inParallel(Array.from({ length: 30 }), 30, () => askText(token))
    expect(all.filter(({ status }) => status === 200)).toHaveLength(5)
    const refused = await askText(token)
    expect(JSON.parse(refused.text)).toMatchObject({
      code: 'Throttling.AllocationQuota',
      message: expect.stringContaining('new session token'),
    })
    expect((await askText(await mintToken(gateway, key, { budget: { requests: 5 } }))).status).toBe(200)
    expect((await askText(key)).status).toBe(200)
  })

  it("A session token's budget of tokens is settled with the usage.", async () => {
    const body = nativeBody('qwen-plus', 'hello', { max_tokens: 100 })
    const quota = estimateOf(body, 100) + 10
    const { id, key } = await gateway.issueKey()
    const token = await mintToken(gateway, key, { budget: { tokens: quota } })
    expect((await askText(token, body)).status).toBe(200)
    await until('it is settled', async () => (await usageReport(gateway, `key=${id}`)).total.requests === 1)
    const read = await askText(token, body)
    expect(read.status).toBe(429)
    expect(told(read, 'ratelimit', 'token_tokens').r).toBe(quota - 11)
  })
})
