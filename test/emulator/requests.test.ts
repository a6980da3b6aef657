import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { CHAT, get, MESSAGES, MULTIMODAL, post, readFrames, STREAM, TEXT } from './client.ts'
import { type RunningEmulator, startEmulator } from './start.ts'

let emulator: RunningEmulator
beforeAll(async () => {
  emulator = await startEmulator()
})
afterAll(() => emulator.stop())

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
  ] as [Record<string, string>, string, number][])('%j at %s: %i', async (headers, path, status) => {
    const body = { ...(ask({}) as object), messages: USER, max_tokens: 9 }
    const response = await fetch(emulator.address + path, {
      method: 'POST',
      headers,
      body: JSON.stringify(body),
    })
    await response.text()
    expect(response.status).toBe(status)
  })

  it('refuses in the dialect of the path, and plainly even when a stream was asked for', async () => {
    const refused = (path: string): Promise<Response> =>
      post(emulator.address, path, ask({}), STREAM, 'sk-invalid')
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
    [
      'POST',
      MULTIMODAL,
      '{"model":"qwen-max","input":{"messages":[]}}',
      400,
      'url error, please check url！',
    ],
  ])('%s %s %s: %i %s', async (method, path, body, status, says) => {
    const headers = { authorization: 'Bearer sk-a', 'content-type': 'application/json' }
    const response = await fetch(emulator.address + path, {
      method,
      headers,
      ...(body === undefined ? {} : { body }),
    })
    expect(await response.text()).toContain(says)
    expect(response.status).toBe(status)
  })
})

describe('parameters', () => {
  const json = { response_format: { type: 'json_object' } }
  const tool = (name: string): unknown => [{ type: 'function', function: { name } }]
  it.each([
    [{ temperature: 2 }, 'Temperature should be in [0.0, 2.0)'],
    [{ top_p: 0 }, 'Range of top_p should be (0.0, 1.0]'],
    [{ top_k: -1 }, 'Parameter top_k be greater than or equal to 0'],
    [{ repetition_penalty: 0 }, 'Repetition_penalty should be greater than 0.0'],
    [{ presence_penalty: 3 }, 'Presence_penalty should be in [-2.0, 2.0]'],
    [{ n: 5 }, 'Range of n should be [1, 4]'],
    [{ seed: -1 }, 'Range of seed should be [0, 9223372036854775807]'],
    [{ max_tokens: 0 }, 'Range of max_tokens should be [1, 32768]'],
    [{ enable_thinking: true }, 'parameter.enable_thinking must be set to false for non-streaming calls'],
    [{ tools: tool('search') }, 'Tool names are not allowed to be [search]'],
    [{ tool_choice: 'always' }, 'tool_choice is one of the strings that should be'],
    [{ stop: ['a', 1] }, 'The \\"stop\\" parameter must be of type'],
    [json, "'messages' must contain the word 'json' in some form"],
  ])('%j is refused', async (parameters, says) => {
    const response = await post(emulator.address, TEXT, ask(parameters))
    expect(await response.text()).toContain(says)
    expect(response.status).toBe(400)
  })

  it.each([
    [
      'qwen-plus',
      { enable_thinking: true, incremental_output: false },
      'must be \\"true\\" when enable_thinking',
    ],
    [
      'qwen-plus',
      { enable_thinking: true, result_format: 'text' },
      'must be \\"message\\" when enable_thinking',
    ],
    ['qwen-plus', { enable_thinking: true, ...json }, 'Json mode response is not supported'],
    ['qwq-plus', { enable_thinking: false }, 'restricted to True'],
    ['qwen3-8b', { incremental_output: false }, 'of this model cannot be set to False'],
  ])('%s %j is refused in a stream', async (model, parameters, says) => {
    const response = await post(emulator.address, TEXT, ask(parameters, model), STREAM)
    const frames = readFrames(await response.text())
    expect(response.status).toBe(200)
    expect(frames).toMatchObject([{ event: 'error', comments: [':HTTP_STATUS/400'] }])
    expect(JSON.stringify(frames[0]?.data)).toContain(says)
  })

  it.each([
    ['qwq-plus', {}, 'only support stream mode'],
    ['qwen3-8b', {}, 'must be set to false for non-streaming calls'],
  ])('%s %j is refused without a stream', async (model, parameters, says) => {
    expect(await (await post(emulator.address, TEXT, ask(parameters, model))).text()).toContain(says)
  })

  it('takes the largest seed DashScope takes', async () => {
    const body = '{"model":"qwen-max","input":{"prompt":"hi"},"parameters":{"seed":9223372036854775807}}'
    expect((await post(emulator.address, TEXT, body)).status).toBe(200)
  })
})

describe('messages', () => {
  const toolCall = { role: 'assistant', content: '', tool_calls: [{ id: 'call_1', function: { name: 'f' } }] }
  const answer = { role: 'tool', content: 'sunny', tool_call_id: 'call_1' }
  it.each([
    [TEXT, 'qwen-max', {}, 'cannot be both none'],
    [TEXT, 'qwen-max', { messages: [{ role: 'robot', content: 'hi' }] }, 'Role must be in'],
    [TEXT, 'qwen-max', { messages: [...USER, { role: 'assistant', content: 'hi' }] }, 'Role must be in'],
    [TEXT, 'qwen-max', { messages: [{ role: 'user' }] }, 'The content field is a required field.'],
    [TEXT, 'qwen-max', { messages: [{ role: 'user', content: [{ text: 'a' }] }] }, 'must be a string.'],
    [TEXT, 'qwen-max', { messages: [...USER, answer] }, 'must be a response to a preceeding message'],
    [
      MULTIMODAL,
      'qwen3-vl-plus',
      { messages: [{ role: 'user', content: [{ smell: 'a' }] }] },
      'a certain modal',
    ],
    [MULTIMODAL, 'qwen3-vl-plus', { messages: [{ role: 'user', content: [{ image: 'oss://a' }] }] }, 'URL'],
  ])('%s %s %j is refused', async (path, model, input, says) => {
    const response = await post(emulator.address, path, ask({}, model, input))
    expect(response.status).toBe(400)
    expect(await response.text()).toContain(says === 'cannot be both none' ? 'cannot both be none' : says)
  })

  it('takes tool answers after calls, and an oss:// picture with the header for it', async () => {
    const messages = [...USER, toolCall, answer]
    expect(await (await post(emulator.address, TEXT, ask({}, 'qwen-max', { messages }))).text()).toContain(
      'sunny',
    )
    const picture = { messages: [{ role: 'user', content: [{ image: 'oss://a' }] }] }
    const header = { 'x-dashscope-ossresourceresolve': 'enable' }
    const response = await post(emulator.address, MULTIMODAL, ask({}, 'qwen3-vl-plus', picture), header)
    expect(response.status).toBe(200)
    await response.text()
  })
})

describe('the async header', () => {
  const ASYNC = { 'x-dashscope-async': 'enable' }
  it.each([
    [TEXT, 'qwen-max', ASYNC, 'does not support asynchronous calls.'],
    ['/api/v1/services/embeddings/text-embedding/text-embedding', 'text-embedding-v4', ASYNC, 'asynchronous'],
    [
      '/api/v1/services/aigc/text2image/image-synthesis',
      'wanx-v1',
      {},
      'does not support synchronous calls.',
    ],
  ])('at %s for %s with %j is refused', async (path, model, headers, says) => {
    const response = await post(emulator.address, path, ask({}, model), headers)
    expect(response.status).toBe(403)
    expect(await response.json()).toMatchObject({
      code: 'AccessDenied',
      message: expect.stringContaining(says),
    })
  })

  it.each([
    'aigc/text2image/image-synthesis',
    'aigc/image2image/image-synthesis',
    'aigc/image-generation/generation',
    'aigc/background-generation/generation/',
    'aigc/video-generation/video-synthesis',
    'aigc/image2video/video-synthesis',
    'audio/asr/transcription',
  ])('submits a task at %s', async (path) => {
    const response = await post(emulator.address, `/api/v1/services/${path}`, ask({}, 'wanx-v1'), ASYNC)
    expect(await response.json()).toMatchObject({ output: { task_status: 'PENDING' } })
  })

  it('lets a waiting task be called off, and fails one that is to fail', async () => {
    const path = '/api/v1/services/embeddings/text-embedding/text-embedding'
    const submit = async (fault: string): Promise<string> => {
      const headers = { ...ASYNC, 'x-emulator-fault': fault }
      const response = await post(
        emulator.address,
        path,
        ask({}, 'text-embedding-async-v2', { url: 'a' }),
        headers,
      )
      return ((await response.json()) as { output: { task_id: string } }).output.task_id
    }
    const waiting = await submit('task-pending-60000')
    expect((await post(emulator.address, `/api/v1/tasks/${waiting}/cancel`, '')).status).toBe(200)
    const canceled = await get(emulator.address, `/api/v1/tasks/${waiting}`)
    expect(canceled).toMatchObject({ output: { task_status: 'CANCELED' } })
    const failing = await submit('task-failed')
    await expect
      .poll(() => get(emulator.address, `/api/v1/tasks/${failing}`))
      .toMatchObject({ output: { task_status: 'FAILED', code: 'InternalError.Timeout' } })
  })
})

describe('headers and the call log', () => {
  it('has what a gateway must strip', async () => {
    const { headers } = await post(emulator.address, TEXT, ask({}))
    expect(headers.get('set-cookie')).toMatch(/^acw_tc=[0-9a-f]{32};path=\/;HttpOnly;Max-Age=1800$/)
    const names = ['x-dashscope-uid', 'x-dashscope-apikeyid', 'x-dashscope-inner-flow-control-meta', 'server']
    expect(names.filter((name) => !headers.has(name))).toEqual([])
    expect(headers.get('server')).toBe('istio-envoy')
  })

  it('keeps the raw body, the usage and the outcome of each call, per account', async () => {
    const key = 'sk-log'
    const raw = '{"model":"qwen-max", "input":{"prompt":"1+1"},"parameters":{"seed":9007199254740993}}'
    const answered = await post(emulator.address, `${TEXT}?a=b`, raw, { 'X-Thing': 'x' }, key)
    const { usage } = (await answered.json()) as { usage: object }
    await (await post(emulator.address, TEXT, `{"padding":"${'x'.repeat(70_000)}"}`, {}, key)).text()
    const calls = await get(emulator.address, '/emulator/calls', key)
    expect(calls).toMatchObject([
      { method: 'POST', path: TEXT, query: 'a=b', body: raw, status: 200, outcome: 'answered', frames: 0 },
      { status: 400, bytes: 70_014 },
    ])
    const [first, second] = calls as [{ headers: object; usage: object }, { body: string }]
    expect(first.headers).toMatchObject({ 'x-thing': 'x' })
    expect(usage).toMatchObject(first.usage)
    expect(second.body).toHaveLength(1024)
    const headers = { authorization: `Bearer ${key}` }
    await fetch(`${emulator.address}/emulator/calls`, { method: 'DELETE', headers })
    expect(await get(emulator.address, '/emulator/calls', key)).toEqual([])
  })
})
