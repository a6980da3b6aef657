import { describe, expect, inject, it } from 'vitest'
import { CHAT, get, MESSAGES, post, STREAM, TEXT } from './client.ts'

const emulator = inject('emulatorAddress')

const USER = [{ role: 'user', content: 'hello' }]
const ask = (parameters: unknown, model = 'qwen-plus', input: unknown = { messages: USER }): unknown => ({
  model,
  input,
  parameters,
})

describe('credentials', () => {
  it.each([
    [{ authorization: 'Bearer sk-a' }, TEXT, 200],
    [{ authorization: 'bearer sk-a' }, TEXT, 200],
    [{ 'x-dashscope-apikey': 'sk-a' }, TEXT, 200],
    [{}, `${TEXT}?api_key=sk-a`, 200],
    [{}, TEXT, 401],
    [{ authorization: 'Bearer sk-invalid' }, TEXT, 401],
    [{ authorization: 'Bearer edge-a' }, TEXT, 401],
    [{ 'x-api-key': 'sk-a' }, TEXT, 401],
    [{ 'x-api-key': 'sk-a' }, MESSAGES, 200],
  ] as [Record<string, string>, string, number][])(
    'With %j at %s the status is %i',
    async (headers, path, status) => {
      const body = { ...(ask({}) as object), messages: USER, max_tokens: 9 }
      const response = await fetch(emulator + path, {
        method: 'POST',
        headers,
        body: JSON.stringify(body),
      })
      await response.text()
      expect(response.status).toBe(status)
    },
  )

  it('A refusal uses the dialect of the path, and is plain even if a stream was requested.', async () => {
    const refused = (path: string): Promise<Response> => post(emulator, path, ask({}), STREAM, 'sk-invalid')
    const native = await refused(TEXT)
    expect(native.status).toBe(401)
    expect(await native.json()).toMatchObject({ code: 'InvalidApiKey', message: 'Invalid API-key provided.' })
    const compatible = (await (await refused(CHAT)).json()) as object
    expect(compatible).toMatchObject({ error: { code: 'invalid_api_key', type: 'invalid_request_error' } })
    const anthropic = (await (await refused(MESSAGES)).json()) as object
    expect(anthropic).toMatchObject({ type: 'error', error: { type: 'authentication_error' } })
  })
})

describe('paths and bodies', () => {
  it.each([
    ['GET', '/api/v1/nothing', undefined, 404, 'NotFound'],
    ['GET', TEXT, undefined, 400, "Request method 'GET' is not supported."],
    ['POST', TEXT, '{"model":', 400, 'Required body invalid, please check the request body format.'],
    ['POST', TEXT, '', 400, 'Required body invalid, please check the request body format.'],
    ['POST', TEXT, '{}', 400, 'BadRequest.EmptyModel'],
    ['POST', TEXT, '{"model":"qwen-max"}', 400, 'BadRequest.EmptyInput'],
    ['POST', TEXT, '{"model":"gpt-4","input":{"prompt":"hi"}}', 400, 'Model not exist.'],
    ['POST', CHAT, '{"model":"gpt-4","messages":[{"role":"user","content":"hi"}]}', 404, 'model_not_found'],
    ['POST', '/api/v1/services/rerank/text-rerank/text-rerank', '{"model":"x"}', 404, 'ModelNotFound'],
    ['POST', TEXT, '{"model":"qwen3-vl-plus","input":{"prompt":"hi"}}', 400, 'url error, please check url！'],
  ])('%s %s with %s is answered with %i %s', async (method, path, body, status, says) => {
    const headers = { authorization: 'Bearer sk-a', 'content-type': 'application/json' }
    const response = await fetch(emulator + path, {
      method,
      headers,
      ...(body === undefined ? {} : { body }),
    })
    expect(await response.text()).toContain(says)
    expect(response.status).toBe(status)
  })
})

describe('headers and the call log', () => {
  it('The log shows the headers that a gateway must remove.', async () => {
    const { headers } = await post(emulator, TEXT, ask({}))
    expect(headers.get('set-cookie')).toMatch(/^acw_tc=[0-9a-f]{32};path=\/;HttpOnly;Max-Age=1800$/)
    const names = ['x-dashscope-uid', 'x-dashscope-apikeyid', 'x-dashscope-inner-flow-control-meta', 'server']
    expect(names.filter((name) => !headers.has(name))).toEqual([])
    expect(headers.get('server')).toBe('istio-envoy')
  })

  it('The log keeps the raw body, the usage and the outcome of each call, per account.', async () => {
    const key = 'sk-log'
    const raw = '{"model":"qwen-max", "input":{"prompt":"1+1"},"parameters":{"seed":9007199254740993}}'
    const response = await post(emulator, `${TEXT}?a=b`, raw, { 'X-Thing': 'x' }, key)
    const { usage } = (await response.json()) as { usage: object }
    await (await post(emulator, TEXT, `{"padding":"${'x'.repeat(70_000)}"}`, {}, key)).text()
    const calls = await get(emulator, '/emulator/calls', key)
    expect(calls).toMatchObject([
      { method: 'POST', path: TEXT, query: 'a=b', body: raw, status: 200, outcome: 'answered', frames: 0 },
      { status: 400, bytes: 70_014 },
    ])
    const [first, second] = calls as [{ headers: object; usage: object }, { body: string }]
    expect(first.headers).toMatchObject({ 'x-thing': 'x' })
    expect(usage).toMatchObject(first.usage)
    expect(second.body).toHaveLength(1024)
    const headers = { authorization: `Bearer ${key}` }
    await fetch(`${emulator}/emulator/calls`, { method: 'DELETE', headers })
    expect(await get(emulator, '/emulator/calls', key)).toEqual([])
  })
})
