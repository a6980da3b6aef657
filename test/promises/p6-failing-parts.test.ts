import { afterEach, describe, expect, it } from 'vitest'
import { ask, CHAT, chatBody, MESSAGES, messagesBody, nativeBody, TEXT } from '../harness/caller.ts'
import { startTestGateway, type TestGateway } from '../harness/gateway.ts'

let gateway: TestGateway | undefined
afterEach(() => gateway?.stop())

describe('P6 a cache that fails', () => {
  it.each(['throws', 'hangs'])('A request goes upstream when KV %s', async (fault) => {
    gateway = await startTestGateway({ CACHE_FAULT: fault })
    const { key } = await gateway.issueKey()
    for (const [question, expected] of [
      ['20+22', '20+22 = 42'],
      ['21+22', '21+22 = 43'],
    ]) {
      const body = nativeBody('qwen-plus', question as string)
      const response = await ask({ address: gateway.address, key, path: TEXT, body })
      expect(response.status).toBe(200)
      expect(await response.text()).toContain(expected)
      expect(response.headers.get('cache-status')).toBe('dashscope-edge; fwd=miss; stored')
    }
    expect((await gateway.calls()).length).toBe(2)
  })
})

describe('P6 a key store that fails lets no caller in and calls no key wrong', () => {
  it('The response is 503 with Retry-After.', async () => {
    gateway = await startTestGateway({ KEYS_FAULT: 'throws' })
    const { key } = await gateway.issueKey()
    const response = await ask({
      address: gateway.address,
      key,
      path: TEXT,
      body: nativeBody('qwen-plus', 'hello'),
    })
    expect(response.status).toBe(503)
    expect(response.headers.get('retry-after')).toMatch(/^\d+$/)
    expect(await response.json()).toMatchObject({ code: 'ModelUnavailable' })
    expect(await gateway.calls()).toEqual([])
  })
})

describe('P6 a meter that fails', () => {
  it('A task is neither shown nor handed out, and responses that need no meter go on.', async () => {
    gateway = await startTestGateway({ METER_FAULT: 'throws' })
    const { address } = gateway
    const { key } = await gateway.issueKey()
    const task = await fetch(`${address}/api/v1/tasks/abc`, { headers: { authorization: `Bearer ${key}` } })
    expect(task.status).toBe(503)
    expect(task.headers.get('retry-after')).toMatch(/^\d+$/)
    const submit = await ask({
      address,
      key,
      path: '/api/v1/services/aigc/text2image/image-synthesis',
      headers: { 'x-dashscope-async': 'enable' },
      body: { model: 'wanx-v1', input: { prompt: 'a cat' } },
    })
    expect(submit.status).toBe(503)
    const expected = await ask({ address, key, path: TEXT, body: nativeBody('qwen-plus', 'hello') })
    expect(expected.status).toBe(200)
  })
})

describe('P6 DashScope out of reach', () => {
  it('The response is a clear 502 in the dialect.', async () => {
    gateway = await startTestGateway({ DASHSCOPE_BASE_URL: 'http://127.0.0.1:9' })
    const { address } = gateway
    const { key } = await gateway.issueKey()
    const message = expect.stringContaining('could not be reached')
    const native = await ask({ address, key, path: TEXT, body: nativeBody('qwen-plus', 'hello') })
    expect(native.status).toBe(502)
    expect(await native.json()).toEqual({
      code: 'InternalError.Upstream',
      message,
      request_id: expect.any(String),
    })
    const chat = await ask({ address, key, path: CHAT, body: chatBody('qwen-plus', 'hello') })
    expect(await chat.json()).toMatchObject({ error: { message, code: 'upstream_error', param: null } })
    const messages = await ask({
      address,
      key,
      path: MESSAGES,
      body: messagesBody('qwen-plus', 'hello', { stream: true }),
    })
    expect(messages.status).toBe(502)
    expect(await messages.json()).toMatchObject({ type: 'error', error: { type: 'api_error', message } })
  })
})
