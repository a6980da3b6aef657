import { describe, expect, it } from 'vitest'
import { ask, CHAT, chatBody, json, nativeBody, SSE, TEXT } from '../harness/caller.ts'
import { startTestGateway } from '../harness/gateway.ts'
import { useOwnGateway } from '../harness/use-gateway.ts'

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

const rig = useOwnGateway()

function send(path: string, body: unknown, headers: Record<string, string> = {}): Promise<Response> {
  return ask({ address: rig.gateway.address, key: rig.key, path, body, headers })
}

interface Native {
  output: { choices: { message: Record<string, unknown>; finish_reason: string }[] }
  usage: Record<string, unknown>
  request_id: string
}

describe('a request without a stream to a model that only streams', () => {
  it('A native request gets one response with its reasoning and usage, and the second request asks for a stream at once.', async () => {
    const before = (await rig.gateway.calls()).length
    const body = nativeBody('qwen-plus', '2+3', { enable_thinking: true, incremental_output: false, seed: 7 })
    const response = await send(TEXT, body)
    expect(response.status).toBe(200)
    expect(response.headers.get('content-type')).toBe('application/json')
    expect(response.headers.get('cache-status')).toBe('dashscope-edge; fwd=miss; stored')
    expect(response.headers.get('x-dashscope-finished')).toBeNull()
    const whole = await json<Native>(response)
    const [choice] = whole.output.choices
    expect(choice).toMatchObject({
      finish_reason: 'stop',
      message: { role: 'assistant', content: '2+3 = 5', reasoning_content: expect.stringContaining('2+3') },
    })
    expect(whole.request_id).toBe(response.headers.get('x-request-id'))
    const stream = await send(
      TEXT,
      nativeBody('qwen-plus', '2+3', { enable_thinking: true, incremental_output: true, seed: 8 }),
      SSE,
    )
    const last = (await stream.text()).trimEnd().split('\n').at(-1) ?? ''
    expect(whole.usage).toEqual(JSON.parse(last.slice('data:'.length)).usage)
    await (await send(TEXT, nativeBody('qwen-plus', '2+4', { enable_thinking: true }))).text()
    const calls = (await rig.gateway.calls()).slice(before)
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

  it('The response is cached like any other, and a stream is served from it.', async () => {
    const body = nativeBody('qwq-plus', '20+5')
    const first = await json<Native>(await send(TEXT, body))
    const before = (await rig.gateway.calls()).length
    const second = await send(TEXT, body)
    expect(second.headers.get('cache-status')).toContain('hit')
    expect(await second.json()).toEqual(first)
    const stream = await send(TEXT, nativeBody('qwq-plus', '20+5', { incremental_output: true }), SSE)
    expect(stream.headers.get('cache-status')).toContain('hit')
    expect(await stream.text()).toContain('20+5 = 25')
    expect((await rig.gateway.calls()).length).toBe(before)
  })

  it('A compatible request gets reasoning, tool calls and usage.', async () => {
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

  it('Several callers at the same moment cost one stream.', async () => {
    const body = nativeBody('qwq-plus', '31+1')
    const before = (await rig.gateway.calls()).length
    const all = await Promise.all(Array.from({ length: 5 }, async () => (await send(TEXT, body)).json()))
    for (const each of all) expect(each).toEqual(all[0])
    expect((await rig.gateway.calls()).length).toBeLessThanOrEqual(before + 2)
  })

  it('The request is refused like DashScope does if the operator says so.', async () => {
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
