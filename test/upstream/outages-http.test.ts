import { describe, expect, it } from 'vitest'
import {
  ask,
  CHAT,
  chatBody,
  json as jsonOf,
  MESSAGES,
  messagesBody,
  nativeBody,
  SSE,
  TEXT,
} from '../harness/caller.ts'
import { ADMIN_TOKEN } from '../harness/gateway.ts'
import { json, type Respond } from '../harness/plain-upstream.ts'
import { useGateway } from '../harness/use-gateway.ts'

const rig = useGateway({ CACHE_STALE_IF_ERROR_SECONDS: '600' })

/** Sends a native request that no other test sends. */
function post(question: string, headers: Record<string, string> = {}, path = TEXT): Promise<Response> {
  return ask({ address: rig.gateway.address, key: rig.key, path, headers, body: bodyFor(path, question) })
}

function bodyFor(path: string, question: string) {
  if (path === TEXT) return nativeBody('qwen-plus', question)
  return path === CHAT ? chatBody('qwen-plus', question) : messagesBody('qwen-plus', question)
}

function text(status: number, body: string, type = 'text/plain; charset=UTF-8'): Respond {
  return (response) => void response.writeHead(status, { 'content-type': type }).end(body)
}

async function callsDuring(work: () => Promise<unknown>): Promise<number> {
  const before = rig.upstream.seen.length
  await work()
  return rig.upstream.seen.length - before
}

describe("Cloudflare's own answer for an origin that it cannot reach", () => {
  it.each([521, 522, 523, 525, 526, 527, 530])(
    'The status %d is retried and reported as unreachable.',
    async (status) => {
      rig.upstream.answer(text(status, `error code: ${status}`))
      const calls = await callsDuring(async () => {
        const response = await post(`unreachable ${status}`)
        expect(response.status).toBe(502)
        expect(response.headers.get('x-edge-attempts')).toBe(
          '3;path="beijing=unreachable, beijing=unreachable, beijing=unreachable"',
        )
        expect(response.headers.get('x-should-retry')).toBe('false')
        expect((await jsonOf<{ message: string }>(response)).message).toContain('could not be reached')
      })
      expect(calls).toBe(3)
    },
  )

  it('A task is submitted again after 521, which never reached DashScope, but not after 520.', async () => {
    const submit = () => post('a task', { 'x-dashscope-async': 'enable' })
    rig.upstream.answer(text(521, 'error code: 521'))
    expect(await callsDuring(submit)).toBe(3)
    rig.upstream.answer(text(520, 'error code: 520'))
    expect(await callsDuring(submit)).toBe(1)
  })

  it('A 520 counts as a lost connection and a 524 as a late response.', async () => {
    rig.upstream.answer(text(520, 'error code: 520'))
    expect((await post('lost')).status).toBe(502)
    rig.upstream.answer(text(524, 'error code: 524'))
    const late = await post('late')
    expect(late.status).toBe(504)
    expect(late.headers.get('x-edge-attempts')).toBe('1;path="beijing=late"')
  })
})

describe('a refusal without JSON', () => {
  it.each([
    [404, '', TEXT, { code: 'NotFound' }],
    [404, '', CHAT, { error: { code: 'not_found' } }],
    [404, '<html>', MESSAGES, { type: 'error', error: { type: 'not_found_error' } }],
    [402, 'Payment required', TEXT, { code: 'InvalidParameter' }],
    [403, '', TEXT, { code: 'AccessDenied' }],
    [418, 'teapot', CHAT, { error: { code: 'invalid_parameter_error' } }],
  ])('%d %j keeps its status, in the dialect of %s', async (status, body, path, expected) => {
    rig.upstream.answer(text(status, body))
    const calls = await callsDuring(async () => {
      const response = await post(`refused ${status} ${path}`, {}, path)
      expect(response.status).toBe(status)
      expect(await response.json()).toMatchObject(expected)
    })
    expect(calls).toBe(1)
  })

  it('The old response is not served instead.', async () => {
    rig.upstream.answer(json('{"output":{"text":"ok","finish_reason":"stop"}}'))
    await post('once stored', { 'x-edge-cache-ttl': '60' })
    rig.upstream.answer(text(404, ''))
    expect((await post('once stored', { 'cache-control': 'no-cache' })).status).toBe(404)
  })
})

describe('a plain JSON error that is labelled as an event stream', () => {
  it.each([
    ['{"code":"InvalidParameter","message":"Range of top_p","request_id":"r"}', 400],
    ['{"code":"DataInspectionFailed","message":"Inappropriate","request_id":"r"}', 400],
  ])('The error %s takes one call and keeps its status and message.', async (body, status) => {
    rig.upstream.answer(text(200, body, 'text/event-stream'))
    const calls = await callsDuring(async () => {
      const response = await post('plain error', SSE)
      expect(response.status).toBe(status)
      expect(await response.text()).toBe(body)
    })
    expect(calls).toBe(1)
  })
})

it('A 4xx that DashScope sent as an event stays an event for a caller that asked for a stream.', async () => {
  const frame =
    'id:1\nevent:error\n:HTTP_STATUS/400\ndata:{"code":"InvalidParameter","message":"Range of top_p"}\n\n'
  rig.upstream.answer(text(400, frame, 'text/event-stream;charset=UTF-8'))
  const streamed = await post('refused stream', SSE)
  expect([streamed.status, streamed.headers.get('content-type')]).toEqual([
    400,
    'text/event-stream;charset=UTF-8',
  ])
  expect(await streamed.text()).toBe(frame)
  const whole = await post('refused stream')
  expect(whole.headers.get('content-type')).toMatch(/^application\/json/)
  expect(await whole.json()).toMatchObject({ code: 'InvalidParameter' })
})

it.each(['zstd', 'deflate'])('The encoding %s, which was not requested, becomes a 502.', async (encoding) => {
  rig.upstream.answer((response) => {
    response.writeHead(200, { 'content-type': 'application/json', 'content-encoding': encoding })
    response.end(Buffer.from([1, 2, 3]))
  })
  const response = await post(`encoded with ${encoding}`)
  expect(response.status).toBe(502)
  expect((await jsonOf<{ message: string }>(response)).message).toContain(`"${encoding}"`)
})

it.each([
  [TEXT, { code: 'InternalError.Upstream', message: expect.stringContaining('DASHSCOPE_API_KEY') }],
  [CHAT, { error: { code: 'upstream_error', message: expect.stringContaining('DASHSCOPE_API_KEY') } }],
])("A 401 about the gateway's own key becomes a 502 for the caller of %s", async (path, expected) => {
  rig.upstream.answer(
    json('{"code":"InvalidApiKey","message":"Invalid API-key provided.","request_id":"r"}', 401),
  )
  const response = await post('whose key', {}, path)
  expect(response.status).toBe(502)
  expect(await response.json()).toMatchObject(expected)
})

describe('a response that DashScope calls partial', () => {
  const PARTIAL = { 'x-dashscope-partialresponse': 'true' }
  const usage = { input_tokens: 1, output_tokens: 1 }
  const message = { role: 'assistant', content: 'half' }
  it.each<[string, object]>([
    [TEXT, { output: { text: 'half', finish_reason: 'stop' }, usage }],
    [CHAT, { choices: [{ index: 0, message, finish_reason: 'stop' }], usage }],
    [
      MESSAGES,
      { type: 'message', content: [{ type: 'text', text: 'half' }], stop_reason: 'end_turn', usage },
    ],
  ])(
    'At %s the response reaches the caller with the header, is not stored and counts as broken.',
    async (path, whole) => {
      const body = JSON.stringify(whole)
      rig.upstream.answer(json(body, 200, PARTIAL))
      const { id, key } = await rig.gateway.issueKey()
      const calls = await callsDuring(async () => {
        for (let time = 0; time < 2; time++) {
          const response = await ask({
            address: rig.gateway.address,
            key,
            path,
            body: bodyFor(path, 'partial'),
          })
          expect(response.headers.get('x-dashscope-partialresponse')).toBe('true')
          expect(response.headers.get('cache-status')).toBe('dashscope-edge; fwd=miss')
          expect(await response.text()).toBe(body)
        }
      })
      expect(calls).toBe(2)
      const rows = async () => {
        const headers = { authorization: `Bearer ${ADMIN_TOKEN}` }
        const response = await fetch(`${rig.gateway.address}/edge/requests?key=${id}`, { headers })
        return (await jsonOf<{ rows: { ending: string }[] }>(response)).rows.map(({ ending }) => ending)
      }
      await expect.poll(rows, { timeout: 5000 }).toEqual(['broken', 'broken'])
    },
  )
})

describe('x-should-retry', () => {
  it('The header is false once the gateway has retried, and absent if it has not.', async () => {
    rig.upstream.answer(json('{"code":"Throttling.RateQuota","message":"Slow down."}', 429))
    const retried = await post('busy')
    expect([retried.status, retried.headers.get('x-should-retry')]).toEqual([429, 'false'])
    rig.upstream.answer(json('{"code":"InvalidParameter","message":"No."}', 400))
    expect((await post('bad')).headers.get('x-should-retry')).toBe(null)
  })
})
