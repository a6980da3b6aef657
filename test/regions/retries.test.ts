import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it, vi } from 'vitest'
import { CHAT, chatBody, MESSAGES, messagesBody, nativeBody, SSE, TEXT, until } from '../harness/caller.ts'
import { events, json, type Respond } from '../harness/plain-upstream.ts'
import { error, hangUp, inTurn, useRegions } from './rig.ts'

const rig = useRegions()

describe('retries of a temporary failure, in another region first', () => {
  it.each<[string, Respond, string]>([
    ['a connection that breaks', hangUp, 'singapore'],
    ['500', error(500, 'InternalError'), 'beijing/2'],
    ['503', error(503, 'ModelServingError'), 'beijing/2'],
    ['429 of the transient kind', error(429, 'Throttling.RateQuota'), 'beijing/2'],
    ['a proxy’s page', json('<html>Bad Gateway</html>', 502), 'beijing/2'],
    ['an answer cut short', cutShort, 'singapore'],
    ['a key that is refused', error(401, 'InvalidApiKey'), 'beijing/2'],
    ['an unpaid account', error(400, 'Arrearage'), 'beijing/2'],
    ['a model that the region lacks', error(404, 'ModelNotFound'), 'singapore'],
  ])('The request is repeated after %s', async (_, respond, next) => {
    rig.beijing.answer(inTurn(respond, json('{"output":{"text":"second"}}')))
    const response = await rig.post()
    expect(response.status).toBe(200)
    expect(rig.asked()).toEqual(['beijing', next])
    expect(response.headers.get('x-edge-attempts')).toMatch(/^2;path="beijing=\w+, \w+=200"$/)
  })

  it.each<[string, string, unknown, Record<string, string>, string]>([
    [
      'native',
      TEXT,
      nativeBody('m', 'x'),
      SSE,
      'event:error\n:HTTP_STATUS/429\ndata:{"code":"Throttling","message":"m"}\n\n',
    ],
    [
      'native by its code',
      TEXT,
      nativeBody('m', 'x'),
      SSE,
      'event:error\ndata:{"code":"ModelServingError","message":"m"}\n\n',
    ],
    [
      'compatible',
      CHAT,
      chatBody('m', 'x', { stream: true }),
      {},
      'data: {"error":{"code":"internal_error","message":"m"}}\n\n',
    ],
    [
      'Anthropic',
      MESSAGES,
      messagesBody('m', 'x', { stream: true }),
      {},
      'event: error\ndata: {"type":"error","error":{"type":"overloaded_error","message":"m"}}\n\n',
    ],
  ])(
    'The request is repeated after an error as the first event of a stream: %s',
    async (_, path, body, headers, frame) => {
      const good = 'id:1\nevent:result\ndata:{"output":{"text":"good"}}\n\n'
      rig.beijing.answer(inTurn(events([frame]), events([good])))
      const response = await rig.post({ path, body, headers })
      expect(response.status).toBe(200)
      expect(await response.text()).toBe(good)
      expect(rig.asked()).toEqual(['beijing', 'beijing/2'])
    },
  )

  it('Each attempt is in the log, with the request id of DashScope.', async () => {
    const lines: string[] = []
    const log = vi.spyOn(console, 'log').mockImplementation((line) => void lines.push(String(line)))
    const first = error(503, 'ModelServingError', { 'x-request-id': 'one' })
    rig.beijing.answer(inTurn(first, json('{}', 200, { 'x-request-id': 'two' })))
    const response = await rig.post()
    expect(response.headers.get('x-request-id')).toBe('two')
    // A stream of an earlier test may be settled only now; its line is not this request's.
    const isOwn = (line: string) => line.includes(`"request":"${response.headers.get('x-edge-request-id')}"`)
    await until('the line is written', () => lines.some(isOwn))
    log.mockRestore()
    const line = JSON.parse(lines.find(isOwn) ?? '')
    const milliseconds = expect.any(Number)
    expect(line.attempts).toEqual([
      {
        to: 'beijing',
        region: 'beijing',
        model: 'qwen-plus',
        status: '503',
        code: 'ModelServingError',
        upstream_request: 'one',
        milliseconds,
      },
      {
        to: 'beijing/2',
        region: 'beijing',
        model: 'qwen-plus',
        status: '200',
        upstream_request: 'two',
        milliseconds,
      },
    ])
    expect(lines.join()).not.toContain('sk-beijing')
  })

  it('There are at most three attempts, and the caller gets the last error as DashScope sent it.', async () => {
    rig.beijing.answer(inTurn(error(500, 'InternalError'), error(503, 'ModelUnavailable')))
    rig.singapore.answer(error(429, 'Throttling.RateQuota', { 'retry-after': '7' }))
    const response = await rig.post()
    expect(response.status).toBe(429)
    expect(response.headers.get('retry-after')).toBe('7')
    expect(await response.text()).toBe(
      '{"code":"Throttling.RateQuota","message":"m","request_id":"Throttling.RateQuota"}',
    )
    expect(rig.asked()).toEqual(['beijing', 'beijing/2', 'singapore'])
    expect(response.headers.get('x-edge-attempts')).toBe('3;path="beijing=500, beijing=503, singapore=429"')
  })
})

describe('failures without a retry', () => {
  it.each<[string, Respond, number]>([
    ['for a request that is wrong', error(400, 'InvalidParameter'), 400],
    ['for inspected data', error(400, 'DataInspectionFailed'), 400],
    ['for what is forbidden', error(403, 'AccessDenied'), 403],
    ['for a redirect', json('', 302, { location: 'https://elsewhere.invalid/' }), 502],
    ['for nonsense that says 200', json('<html>Welcome</html>', 200, { 'content-type': 'text/html' }), 502],
  ])('There is no retry %s', async (_, respond, status) => {
    rig.beijing.answer(respond)
    const response = await rig.post()
    expect(response.status).toBe(status)
    expect(rig.asked()).toEqual(['beijing'])
    expect(response.headers.get('x-edge-attempts')).toMatch(/^1;/)
  })

  it('There is no retry after the first event.', async () => {
    rig.beijing.answer(async (response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      response.write('id:1\nevent:result\ndata:{"output":{"text":"a"}}\n\n')
      await sleep(50)
      response.socket?.destroy()
    })
    const response = await rig.post({ headers: SSE })
    expect(await response.text()).toContain('event:error')
    expect(rig.asked()).toEqual(['beijing'])
  })

  it.each<[string, Respond]>([
    ['the connection broke', hangUp],
    ['it failed inside', error(500, 'InternalError')],
    ['the answer broke', cutShort],
  ])('A task that may have been accepted is not repeated if %s', async (_, respond) => {
    rig.beijing.answer(respond)
    const body = { model: 'wanx-v1', input: { prompt: 'a cat' } }
    const path = '/api/v1/services/aigc/text2image/image-synthesis'
    const response = await rig.post({ path, body, headers: { 'x-dashscope-async': 'enable' } })
    expect(response.status).toBeGreaterThanOrEqual(500)
    expect(rig.asked()).toEqual(['beijing'])
  })

  it.each<[string, Respond]>([
    ['the connection broke', hangUp],
    ['it was throttled', error(429, 'Throttling')],
  ])('An uploaded file is not repeated if %s', async (_, respond) => {
    rig.beijing.answer(respond)
    const form = new FormData()
    form.set('purpose', 'file-extract')
    form.set('file', new Blob(['text']), 'a.txt')
    const headers = { authorization: `Bearer ${rig.key}` }
    const address = `${rig.gateway.address}/compatible-mode/v1/files`
    expect((await fetch(address, { method: 'POST', headers, body: form })).status).toBeGreaterThanOrEqual(429)
    expect(rig.asked()).toEqual(['beijing'])
  })
})

describe('a task that was refused before it started', () => {
  it('The task is submitted in another region.', async () => {
    rig.beijing.answer(
      inTurn(
        error(429, 'Throttling.RateQuota'),
        json('{"output":{"task_id":"t-1","task_status":"PENDING"}}'),
      ),
    )
    const body = { model: 'wanx-v1', input: { prompt: 'a cat' } }
    const path = '/api/v1/services/aigc/text2image/image-synthesis'
    const response = await rig.post({ path, body, headers: { 'x-dashscope-async': 'enable' } })
    expect(response.status).toBe(200)
    expect(rig.asked()).toEqual(['beijing', 'beijing/2'])
  })
})

function cutShort(...[response]: Parameters<Respond>) {
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': '1000' })
  response.write('{"output":')
  setTimeout(() => response.socket?.destroy(), 20)
}

describe('a stream that ends without the blank line after its only event', () => {
  it.each([
    [
      'native',
      TEXT,
      nativeBody('m', 'x'),
      'id:1\nevent:error\n:HTTP_STATUS/400\ndata:{"code":"InvalidParameter","message":"m","request_id":"r"}\n',
    ],
    [
      'native without any end of line',
      TEXT,
      nativeBody('m', 'x'),
      'event:error\n:HTTP_STATUS/400\ndata:{"code":"InvalidParameter","message":"m"}',
    ],
    [
      'compatible',
      CHAT,
      chatBody('m', 'x', { stream: true }),
      'data: {"error":{"code":"invalid_parameter_error","message":"m"}}\n',
    ],
  ])('%s: an error as the only event is passed on, after one request.', async (_, path, body, stream) => {
    rig.beijing.answer(events([stream]))
    const response = await rig.post({ path, body, headers: path === TEXT ? SSE : {} })
    expect(response.status).toBe(400)
    expect(await response.json()).toMatchObject(
      path === TEXT ? { message: 'm' } : { error: { message: 'm' } },
    )
    expect(rig.asked()).toEqual(['beijing'])
  })

  it('A response as the only event is passed on unchanged.', async () => {
    const stream = 'id:1\nevent:result\n:HTTP_STATUS/200\ndata:{"output":{"text":"all"}}\n'
    rig.beijing.answer(events([stream]))
    const response = await rig.post({ body: nativeBody('m', 'x'), headers: SSE })
    expect(response.status).toBe(200)
    expect(await response.text()).toBe(stream)
  })
})
