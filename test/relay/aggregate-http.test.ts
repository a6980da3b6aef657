import { afterAll, beforeAll, describe, expect, it } from 'vitest'
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
} from '../harness/caller.ts'
import { startTestGateway, type TestGateway } from '../harness/gateway.ts'
import {
  json as answers,
  events,
  type PlainUpstream,
  type Seen,
  startPlainUpstream,
} from '../harness/plain-upstream.ts'

const REFUSAL =
  '{"code":"InvalidParameter","message":"parameter.enable_thinking must be set to false for non-streaming calls","request_id":"r"}'
const TOOLS = [
  {
    type: 'function',
    function: {
      name: 'get_weather',
      description: 'weather',
      parameters: { type: 'object', properties: { city: {} } },
    },
  },
]

let gateway: TestGateway
let key: string
beforeAll(async () => {
  gateway = await startTestGateway()
  key = (await gateway.issueKey()).key
})
afterAll(() => gateway.stop())

function send(path: string, body: unknown, headers: Record<string, string> = {}): Promise<Response> {
  return ask({ address: gateway.address, key, path, body, headers })
}

interface Native {
  output: { choices: { message: Record<string, unknown>; finish_reason: string }[] }
  usage: Record<string, unknown>
  request_id: string
}

describe('a request without a stream to a model that only streams', () => {
  it('native: one answer with its reasoning and usage, and the second request asks as a stream at once', async () => {
    const before = (await gateway.calls()).length
    const body = nativeBody('qwen-plus', '2+3', { enable_thinking: true, incremental_output: false, seed: 7 })
    const response = await send(TEXT, body)
    expect(response.status).toBe(200)
    expect(response.headers.get('content-type')).toBe('application/json')
    expect(response.headers.get('cache-status')).toBe('dashscope-edge; fwd=miss; stored')
    expect(response.headers.get('x-dashscope-finished')).toBeNull()
    const answer = await json<Native>(response)
    const [choice] = answer.output.choices
    expect(choice).toMatchObject({
      finish_reason: 'stop',
      message: { role: 'assistant', content: '2+3 = 5', reasoning_content: expect.stringContaining('2+3') },
    })
    expect(answer.request_id).toBe(response.headers.get('x-request-id'))
    const stream = await send(
      TEXT,
      nativeBody('qwen-plus', '2+3', { enable_thinking: true, incremental_output: true, seed: 8 }),
      SSE,
    )
    const last = (await stream.text()).trimEnd().split('\n').at(-1) ?? ''
    expect(answer.usage).toEqual(JSON.parse(last.slice('data:'.length)).usage)
    await (await send(TEXT, nativeBody('qwen-plus', '2+4', { enable_thinking: true }))).text()
    const calls = (await gateway.calls()).slice(before)
    expect(calls.map(({ status, headers }) => [status, headers['x-dashscope-sse'] ?? ''])).toEqual([
      [400, ''],
      [200, 'enable'],
      [200, 'enable'],
      [200, 'enable'],
    ])
    expect(calls[1]?.body).toBe(
      JSON.stringify(body).replace('"incremental_output":false', '"incremental_output":true'),
    )
  })

  it('the answer is kept like any other, and a stream is answered from it', async () => {
    const body = nativeBody('qwq-plus', '20+5')
    const first = await json<Native>(await send(TEXT, body))
    const before = (await gateway.calls()).length
    const second = await send(TEXT, body)
    expect(second.headers.get('cache-status')).toContain('hit')
    expect(await second.json()).toEqual(first)
    const stream = await send(TEXT, nativeBody('qwq-plus', '20+5', { incremental_output: true }), SSE)
    expect(stream.headers.get('cache-status')).toContain('hit')
    expect(await stream.text()).toContain('20+5 = 25')
    expect((await gateway.calls()).length).toBe(before)
  })

  it('compatible: reasoning, tool calls and usage', async () => {
    const response = await send(
      CHAT,
      chatBody('qwen-turbo', 'What is the weather in Paris?', { enable_thinking: true, tools: TOOLS }),
    )
    expect(response.status).toBe(200)
    expect(await response.json()).toMatchObject({
      object: 'chat.completion',
      model: 'qwen-turbo',
      choices: [
        {
          index: 0,
          finish_reason: 'tool_calls',
          message: {
            role: 'assistant',
            content: '',
            reasoning_content: expect.stringContaining('Paris'),
            tool_calls: [
              {
                index: 0,
                id: expect.stringMatching(/^call_/),
                type: 'function',
                function: { name: 'get_weather', arguments: '{"city": "Paris"}' },
              },
            ],
          },
        },
      ],
      usage: { prompt_tokens: expect.any(Number), completion_tokens: expect.any(Number) },
    })
  })

  it('several callers at the same moment cost one stream', async () => {
    const body = nativeBody('qwq-plus', '31+1')
    const before = (await gateway.calls()).length
    const all = await Promise.all(Array.from({ length: 5 }, async () => (await send(TEXT, body)).json()))
    for (const each of all) expect(each).toEqual(all[0])
    expect((await gateway.calls()).length).toBeLessThanOrEqual(before + 2)
  })

  it('is refused as DashScope does where the operator says so', async () => {
    const refusing = await startTestGateway({ STREAM_ONLY_MODELS: 'refuse' })
    try {
      const { key: own } = await refusing.issueKey()
      const response = await ask({
        address: refusing.address,
        key: own,
        path: TEXT,
        body: nativeBody('qwq-plus', '1+1'),
      })
      expect(response.status).toBe(400)
      expect(await response.json()).toMatchObject({ code: 'InvalidParameter' })
      expect(await refusing.calls()).toHaveLength(1)
    } finally {
      await refusing.stop()
    }
  })
})

describe('P4 a stream that does not come to its end is no answer', () => {
  let upstream: PlainUpstream
  let plain: TestGateway
  let own: string
  let models = 0
  beforeAll(async () => {
    upstream = await startPlainUpstream()
    plain = await startTestGateway({ DASHSCOPE_BASE_URL: upstream.address, UPSTREAM_TIMEOUT_SECONDS: '1' })
    own = (await plain.issueKey()).key
  })
  afterAll(async () => {
    await plain.stop()
    await upstream.stop()
  })

  /** The upstream refuses what is no stream, and answers a stream with these pieces. */
  const isStream = (seen: Seen) =>
    seen.headers['x-dashscope-sse'] === 'enable' || seen.body.includes('"stream":true')

  async function asked(path: string, pieces: readonly string[], breaks?: 'cut' | 'hang'): Promise<Response> {
    upstream.seen.length = 0
    upstream.answer(async (response, seen) => {
      if (!isStream(seen)) return answers(REFUSAL, 400)(response, seen)
      if (!breaks) return events(pieces)(response, seen)
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      for (const piece of pieces) response.write(piece)
      await new Promise((resolve) => setTimeout(resolve, 50))
      if (breaks === 'cut') response.destroy()
    })
    const model = `m${models++}`
    const body =
      path === TEXT ? nativeBody(model, 'q') : path === CHAT ? chatBody(model, 'q') : messagesBody(model, 'q')
    const post = () => ask({ address: plain.address, key: own, path, body })
    const response = await post()
    const kept = await ask({
      address: plain.address,
      key: own,
      path,
      body,
      headers: { 'cache-control': 'only-if-cached' },
    })
    expect(kept.status).toBe(504)
    return response
  }

  const frame =
    'data:{"output":{"choices":[{"message":{"role":"assistant","content":"half"},"finish_reason":"null"}]},"usage":{},"request_id":"r"}\n\n'
  const chunk = 'data: {"id":"c","choices":[{"index":0,"delta":{"content":"half"},"finish_reason":null}]}\n\n'
  const end = 'data: {"id":"c","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}\n\n'
  const start =
    'event: message_start\ndata: {"type":"message_start","message":{"id":"m","content":[],"usage":{}}}\n\n'

  it.each<[string, string, string[], ('cut' | 'hang')?]>([
    ['native without an end', TEXT, [frame]],
    ['native, cut', TEXT, [frame, frame], 'cut'],
    ['native without a frame', TEXT, []],
    ['compatible without [DONE]', CHAT, [chunk, end]],
    ['compatible, cut in a frame', CHAT, [chunk, end.slice(0, 30)], 'cut'],
    ['Anthropic without message_stop', MESSAGES, [start]],
  ])('%s: 502', async (_, path, pieces, breaks) => {
    const response = await asked(path, pieces, breaks)
    expect(response.status).toBe(502)
    expect(await response.text()).not.toContain('half')
    // What has begun, or came to its own end, was paid for, and would be paid for again.
    expect(upstream.seen.filter(isStream)).toHaveLength(1)
  })

  it('one that is cut before it has begun is asked for again', async () => {
    const response = await asked(TEXT, [], 'cut')
    expect(response.status).toBe(502)
    expect(upstream.seen.filter(isStream).length).toBeGreaterThan(1)
  })

  it('an answer whose last event lacks the blank line is an answer', async () => {
    const end =
      'data:{"output":{"choices":[{"message":{"role":"assistant","content":" whole"},"finish_reason":"stop"}]},"usage":{"input_tokens":1,"output_tokens":1},"request_id":"r"}\n'
    const model = `m${models++}`
    upstream.answer((response, seen) =>
      isStream(seen) ? events([frame, end])(response, seen) : answers(REFUSAL, 400)(response, seen),
    )
    const response = await ask({ address: plain.address, key: own, path: TEXT, body: nativeBody(model, 'q') })
    expect(response.status).toBe(200)
    expect(await response.text()).toContain('half whole')
  })

  it('an error in mid-stream is told once, although it would pass', async () => {
    const error =
      'id:1\nevent:error\n:HTTP_STATUS/503\ndata:{"code":"ModelServingError","message":"later","request_id":"r"}\n\n'
    const response = await asked(TEXT, [frame, error])
    expect(response.status).toBe(503)
    expect(upstream.seen.filter(isStream)).toHaveLength(1)
  })

  it('one that goes on for longer than DashScope may take: 504', async () => {
    const response = await asked(TEXT, [frame], 'hang')
    expect(response.status).toBe(504)
    expect(await response.json()).toMatchObject({ code: 'RequestTimeOut' })
  })

  it.each<[string, string, string[], number, object]>([
    [
      'native, at first',
      TEXT,
      [
        'id:1\nevent:error\n:HTTP_STATUS/429\ndata:{"code":"Throttling.RateQuota","message":"slow","request_id":"r"}\n\n',
      ],
      429,
      { code: 'Throttling.RateQuota' },
    ],
    [
      'native, in mid-stream',
      TEXT,
      [
        frame,
        'id:1\nevent:error\n:HTTP_STATUS/503\ndata:{"code":"ModelServingError","message":"later","request_id":"r"}\n\n',
      ],
      503,
      { code: 'ModelServingError' },
    ],
    [
      'compatible, in mid-stream',
      CHAT,
      [chunk, 'data: {"error":{"code":"insufficient_quota","message":"m"}}\n\n'],
      429,
      { error: { code: 'insufficient_quota' } },
    ],
  ])('DashScope’s own error: %s', async (_, path, pieces, status, body) => {
    const response = await asked(path, pieces)
    expect(response.status).toBe(status)
    expect(response.headers.get('content-type')).toBe('application/json')
    expect(await response.json()).toMatchObject(body)
  })
})
