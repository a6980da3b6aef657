import { describe, expect, it } from 'vitest'
import { ask, CHAT, chatBody, MESSAGES, messagesBody, nativeBody, TEXT } from '../harness/caller.ts'
import { events, json as responses, type Seen } from '../harness/plain-upstream.ts'
import { useGateway } from '../harness/use-gateway.ts'

const REFUSAL =
  '{"code":"InvalidParameter","message":"parameter.enable_thinking must be set to false for non-streaming calls","request_id":"r"}'

describe('P4 a stream that breaks is not a response', () => {
  const rig = useGateway({ UPSTREAM_TIMEOUT_SECONDS: '1' })
  let models = 0

  /** The upstream refuses what is no stream, and answers a stream with these pieces. */
  const isStream = (seen: Seen) =>
    seen.headers['x-dashscope-sse'] === 'enable' || seen.body.includes('"stream":true')

  async function asked(path: string, pieces: readonly string[], breaks?: 'cut' | 'hang'): Promise<Response> {
    rig.upstream.seen.length = 0
    rig.upstream.answer(async (response, seen) => {
      if (!isStream(seen)) return responses(REFUSAL, 400)(response, seen)
      if (!breaks) return events(pieces)(response, seen)
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      for (const piece of pieces) response.write(piece)
      await new Promise((resolve) => setTimeout(resolve, 50))
      if (breaks === 'cut') response.destroy()
    })
    const model = `m${models++}`
    const body =
      path === TEXT ? nativeBody(model, 'q') : path === CHAT ? chatBody(model, 'q') : messagesBody(model, 'q')
    const post = () => ask({ address: rig.gateway.address, key: rig.key, path, body })
    const response = await post()
    const kept = await ask({
      address: rig.gateway.address,
      key: rig.key,
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
  ])('A broken stream gets 502: %s', async (_, path, pieces, breaks) => {
    const response = await asked(path, pieces, breaks)
    expect(response.status).toBe(502)
    expect(await response.text()).not.toContain('half')
    // What has begun, or came to its own end, was paid for, and would be paid for again.
    expect(rig.upstream.seen.filter(isStream)).toHaveLength(1)
  })

  it('A stream that is cut before it starts is requested again.', async () => {
    const response = await asked(TEXT, [], 'cut')
    expect(response.status).toBe(502)
    expect(rig.upstream.seen.filter(isStream).length).toBeGreaterThan(1)
  })

  it('A response whose last event lacks the blank line is complete.', async () => {
    const end =
      'data:{"output":{"choices":[{"message":{"role":"assistant","content":" whole"},"finish_reason":"stop"}]},"usage":{"input_tokens":1,"output_tokens":1},"request_id":"r"}\n'
    const model = `m${models++}`
    rig.upstream.answer((response, seen) =>
      isStream(seen) ? events([frame, end])(response, seen) : responses(REFUSAL, 400)(response, seen),
    )
    const response = await ask({
      address: rig.gateway.address,
      key: rig.key,
      path: TEXT,
      body: nativeBody(model, 'q'),
    })
    expect(response.status).toBe(200)
    expect(await response.text()).toContain('half whole')
  })

  it('An error in mid-stream is not retried, even if it is temporary.', async () => {
    const error =
      'id:1\nevent:error\n:HTTP_STATUS/503\ndata:{"code":"ModelServingError","message":"later","request_id":"r"}\n\n'
    const response = await asked(TEXT, [frame, error])
    expect(response.status).toBe(503)
    expect(rig.upstream.seen.filter(isStream)).toHaveLength(1)
  })

  it('A stream that takes longer than DashScope may take becomes a 504.', async () => {
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
