import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  ask,
  askAndLeave,
  CHAT,
  chatBody,
  json,
  MESSAGES,
  messagesBody,
  nativeBody,
  SSE,
  TEXT,
  until,
} from '../harness/caller.ts'
import { startTestGateway, type TestGateway } from '../harness/gateway.ts'
import { startPlainUpstream } from '../harness/plain-upstream.ts'

let gateway: TestGateway
let key: string
beforeAll(async () => {
  gateway = await startTestGateway({ UPSTREAM_TIMEOUT_SECONDS: '1' })
  key = (await gateway.issueKey()).key
})
afterAll(() => gateway.stop())

const dialects = [
  {
    dialect: 'native',
    path: TEXT,
    headers: SSE,
    body: (model: string) => nativeBody(model, '1+1', { incremental_output: true }),
  },
  {
    dialect: 'compatible',
    path: CHAT,
    headers: {},
    body: (model: string) => chatBody(model, '1+1', { stream: true }),
  },
  {
    dialect: 'anthropic',
    path: MESSAGES,
    headers: {},
    body: (model: string) => messagesBody(model, '1+1', { stream: true }),
  },
]

/** The frame a broken stream has to end with. */
const brokenEnd: Record<string, RegExp> = {
  native:
    /\n\nid:1\nevent:error\n:HTTP_STATUS\/502\ndata:\{"code":"InternalError\.Upstream","message":"[^"]+","request_id":"[^"]+"\}\n\n$/,
  compatible:
    /\n\ndata: \{"error":\{"message":"[^"]+","type":"upstream_error","param":null,"code":"upstream_error"\},"request_id":"[^"]+"\}\n\n$/,
  anthropic:
    /\n\nevent: error\ndata: \{"type":"error","error":\{"type":"api_error","message":"[^"]+"\},"request_id":"[^"]+"\}\n\n$/,
}

/** What only a complete stream ends with. */
const completeEnd: Record<string, RegExp> = {
  native: /"finish_reason":"stop".*\n\n$/,
  compatible: /data: \[DONE\]\n\n$/,
  anthropic: /event: message_stop\n.*\n\n$/,
}

describe.each(dialects)('P4 the three endings of a $dialect stream', ({ dialect, path, headers, body }) => {
  it('A complete stream ends as DashScope ended it, with nothing added.', async () => {
    const response = await ask({ address: gateway.address, key, path, headers, body: body('qwen-plus') })
    expect(response.status).toBe(200)
    const text = await response.text()
    expect(text).toMatch(completeEnd[dialect] as RegExp)
    expect(text).not.toContain('error')
  })

  it('When the caller leaves, the upstream request ends too.', async () => {
    const before = (await gateway.calls()).filter((call) => call.outcome === 'left').length
    const read = await askAndLeave(
      { address: gateway.address, key, path, headers, body: body('fault-trickle-50') },
      'answered',
    )
    expect(read).toContain('data:')
    await until('the emulator sees the caller leave', async () => {
      return (await gateway.calls()).filter((call) => call.outcome === 'left').length === before + 1
    })
  })

  it('When the upstream breaks between two events, the caller gets an error event in the dialect.', async () => {
    const fault = body('fault-cut-between')
    const response = await ask({ address: gateway.address, key, path, headers, body: fault })
    expect(response.status).toBe(200)
    const text = await response.text()
    expect(text).toMatch(brokenEnd[dialect] as RegExp)
    expect(text).not.toMatch(completeEnd[dialect] as RegExp)
    expect(text).not.toContain('[DONE]')
  })

  it('When the upstream breaks in the middle of a line, the connection is cut.', async () => {
    const response = await ask({ address: gateway.address, key, path, headers, body: body('fault-cut') })
    expect(response.status).toBe(200)
    await expect(response.text()).rejects.toThrow('terminated')
  })

  it('An error event of DashScope in mid-stream passes unchanged, and nothing follows.', async () => {
    const response = await ask({
      address: gateway.address,
      key,
      path,
      headers,
      body: body('fault-mid-stream-429-Throttling.AllocationQuota'),
    })
    const text = await response.text()
    expect(text.match(/error/g)?.length).toBeGreaterThan(0)
    expect(text).not.toContain('upstream')
    expect(text).toMatch(/quota limit.*\n\n$/)
  })

  it.each([
    ['fault-first-event-429-Throttling.RateQuota', 429],
    ['fault-first-event-503-ModelServingError', 503],
    ['fault-first-event-400-InvalidParameter', 400],
    ['fault-first-event-nostatus-Throttling.BurstRate', 429],
  ])('An error as first event (%s) becomes its true status and plain JSON.', async (fault, status) => {
    const response = await ask({ address: gateway.address, key, path, headers, body: body(fault) })
    // Anthropic's errors carry a type instead of a code, and that of an overload has a status of its own.
    expect(response.status).toBe(dialect === 'anthropic' && status === 503 ? 529 : status)
    expect(response.headers.get('content-type')).toMatch(/^application\/json/)
    expect(response.headers.get('x-accel-buffering')).toBeNull()
    const error = await json<{ message?: string; error?: { message: string } }>(response)
    expect(error.error?.message ?? error.message).toMatch(/\w+ \w+/)
  })

  it('A stream without a byte becomes an error, not an empty response.', async () => {
    const response = await ask({ address: gateway.address, key, path, headers, body: body('fault-empty') })
    expect(response.status).toBe(502)
    expect(response.headers.get('content-type')).toMatch(/^application\/json/)
  })

  it('Comments before the first event do not hide a response.', async () => {
    const response = await ask({ address: gateway.address, key, path, headers, body: body('fault-comments') })
    const text = await response.text()
    expect(text).toMatch(/^:/)
    expect(text).toMatch(completeEnd[dialect] as RegExp)
  })

  it('No response in time becomes a 504 in the dialect.', async () => {
    const response = await ask({ address: gateway.address, key, path, headers, body: body('fault-stall') })
    expect(response.status).toBe(504)
    expect(await response.text()).toMatch(/did not answer within 1 second\./)
  })
})

it.each(['content-length', 'chunked'])(
  'P4 A %s body that is cut short never looks complete.',
  async (framing) => {
    const upstream = await startPlainUpstream()
    upstream.answer((response) => {
      const headers: Record<string, string> = { 'content-type': 'application/json' }
      if (framing === 'content-length') headers['content-length'] = '1000'
      response.writeHead(200, headers)
      response.write('{"output":{"text":"half', () => setTimeout(() => response.destroy(), 50))
    })
    const gateway = await startTestGateway({ DASHSCOPE_BASE_URL: upstream.address })
    const { key } = await gateway.issueKey()
    const response = await ask({
      address: gateway.address,
      key,
      path: TEXT,
      body: nativeBody('qwen-plus', 'hello'),
    })
    expect(response.status).toBe(502)
    expect(await response.json()).toMatchObject({ message: expect.stringContaining('broke off') })
    await gateway.stop()
    await upstream.stop()
  },
)

describe('P4 responses that are not streams', () => {
  const cases = dialects.map((each) => ({
    ...each,
    headers: {},
    plain: (model: string) => ({ ...each.body(model), stream: false }),
  }))

  it.each(cases)('A broken $dialect response becomes an error.', async ({ path, plain }) => {
    const response = await ask({ address: gateway.address, key, path, body: plain('fault-cut') })
    expect(response.status).toBe(502)
    expect(await response.text()).toMatch(/InternalError\.Upstream|upstream_error|api_error/)
  })

  it.each(['fault-html', 'fault-nonsense'])(
    'The response "%s" becomes a 502 in DashScope\'s shape.',
    async (fault) => {
      const response = await ask({
        address: gateway.address,
        key,
        path: TEXT,
        body: nativeBody(fault, 'hello'),
      })
      expect(response.status).toBe(502)
      expect(await response.json()).toMatchObject({
        code: 'InternalError.Upstream',
        message: expect.stringContaining('not JSON'),
      })
    },
  )

  it.each(['fault-sse-error-json-429', 'fault-sse-error-500'])(
    'An error sent as the first event becomes an error response: %s',
    async (fault) => {
      const response = await ask({
        address: gateway.address,
        key,
        path: TEXT,
        headers: SSE,
        body: nativeBody(fault, 'hello'),
      })
      expect(response.status).toBe(Number(fault.slice(-3)))
      expect(response.headers.get('content-type')).toMatch(/^application\/json/)
      expect(await response.json()).toMatchObject({ code: expect.any(String), message: expect.any(String) })
    },
  )

  it('An error of DashScope is relayed with its status, body and Retry-After.', async () => {
    const response = await ask({
      address: gateway.address,
      key,
      path: TEXT,
      body: nativeBody('fault-status-429-Throttling.RateQuota-retry-7', 'hello'),
    })
    expect(response.status).toBe(429)
    expect(response.headers.get('retry-after')).toBe('7')
    expect(await response.json()).toMatchObject({
      code: 'Throttling.RateQuota',
      request_id: expect.any(String),
    })
  })
})
