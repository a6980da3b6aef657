import { describe, expect, it } from 'vitest'
import { CHAT, MESSAGES, TEXT } from '../harness/caller.ts'
import { useOwnGateway } from '../harness/use-gateway.ts'
import { send } from '../harness/wire.ts'

const MULTIMODAL = '/api/v1/services/aigc/multimodal-generation/generation'

const rig = useOwnGateway()

function ask(path: string, body: unknown, headers: Record<string, string> = {}) {
  return send(rig.gateway.address, {
    method: 'POST',
    path,
    headers: { authorization: `Bearer ${rig.key}`, 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  })
}

const user = { role: 'user', content: 'hi' }

describe('errors: an invalid field is named and never reaches DashScope', () => {
  it.each<[string, unknown, string]>([
    [TEXT, [], 'The request body: expected an object, got an empty array.'],
    [TEXT, null, 'The request body: expected an object, got null.'],
    [TEXT, 'hi', 'The request body: expected an object, got a string.'],
    [TEXT, {}, 'model: expected a non-empty string, got nothing.'],
    [TEXT, { model: 7, input: { prompt: 'hi' } }, 'model: expected a non-empty string, got 7.'],
    [
      TEXT,
      { model: '', input: { prompt: 'hi' } },
      'model: expected a non-empty string, got an empty string.',
    ],
    [TEXT, { model: 'm' }, 'input: expected an object, got nothing.'],
    [TEXT, { model: 'm', input: {} }, 'input: expected either "prompt" or "messages".'],
    [TEXT, { model: 'm', input: { messages: [] } }, 'input.messages: expected at least one message.'],
    [
      TEXT,
      { model: 'm', input: { messages: [user, { role: 'robot', content: 'hi' }] } },
      'input.messages[1].role: expected one of "system", "user", "assistant", "tool", "function", "plugin", "attachment", got "robot".',
    ],
    [
      TEXT,
      { model: 'm', input: { messages: [{ role: 'user', content: 7 }] } },
      'input.messages[0].content: expected a string or an array, got 7.',
    ],
    [
      TEXT,
      { model: 'm', input: { prompt: 'hi' }, parameters: { temperature: 2 } },
      'parameters.temperature: expected a number of at least 0 and below 2, got 2.',
    ],
    [
      TEXT,
      { model: 'm', input: { prompt: 'hi' }, parameters: { top_p: 'high' } },
      'parameters.top_p: expected a number above 0 and at most 1, got "high".',
    ],
    [
      TEXT,
      { model: 'm', input: { prompt: 'hi' }, parameters: { enable_search: 'yes' } },
      'parameters.enable_search: expected true or false, got "yes".',
    ],
    [
      TEXT,
      { model: 'm', input: { prompt: 'hi' }, parameters: [1] },
      'parameters: expected an object, got an array.',
    ],
    [
      MULTIMODAL,
      { model: 'm', input: { messages: [{ role: 'user', content: [{ image: 7 }] }] } },
      'input.messages[0].content[0].image: expected a string or an array.',
    ],
    [
      '/api/v1/services/embeddings/text-embedding/text-embedding',
      { model: 'm', input: {} },
      'input: expected either "texts" or, for an asynchronous model, "url".',
    ],
    ['/compatible-mode/v1/embeddings', { model: 'm' }, 'input: expected a string or an array, got nothing.'],
    ['/compatible-api/v1/reranks', { model: 'm', query: 'q' }, 'documents: expected an array, got nothing.'],
    ['/compatible-mode/v1/responses', { model: 'm', stream: 1 }, 'stream: expected true or false, got 1.'],
    ['/api/v1/apps/app-1/completion', { input: [] }, 'input: expected an object, got an empty array.'],
    [CHAT, { model: 'm' }, 'messages: expected an array, got nothing.'],
    [CHAT, { model: 'm', messages: [] }, 'messages: expected at least one message, got an empty array.'],
    [CHAT, { model: 'm', messages: [user], stream: 'true' }, 'stream: expected true or false, got "true".'],
    [
      CHAT,
      { model: 'm', messages: [user], seed: 1.5 },
      'seed: expected a whole number of at least 0, got 1.5.',
    ],
    [
      MESSAGES,
      { model: 'm', messages: [user] },
      'max_tokens: expected a whole number of at least 1, got nothing.',
    ],
    [
      MESSAGES,
      { model: 'm', max_tokens: 9, messages: [{ role: 'robot', content: 'x' }] },
      'messages[0].role: expected one of "user", "assistant", "system", got "robot".',
    ],
  ])('%s %j', async (path, body, message) => {
    for (const headers of [{}, { 'x-dashscope-sse': 'enable' }, { accept: 'text/event-stream' }]) {
      const response = await ask(path, body, headers)
      expect(response.status).toBe(400)
      expect(response.headers['content-type']).toBe('application/json')
      const told = JSON.parse(response.text)
      expect((told.error ?? told).message).toBe(message)
      expect(told.request_id).toBe(response.headers['x-edge-request-id'])
    }
    expect(await rig.gateway.calls()).toEqual([])
  })

  it.each([
    [CHAT, { model: 'm', messages: [{ role: 'x', content: 'hi' }] }, 'messages[0].role'],
    [CHAT, { model: 'm', messages: [user], n: 0 }, 'n'],
    ['/compatible-api/v1/reranks', { model: 'm', query: 'q', documents: 7 }, 'documents'],
  ])('A compatible error carries the field in param: %s %j', async (path, body, param) => {
    const response = await ask(path, body)
    expect(JSON.parse(response.text).error).toMatchObject({
      param,
      code: 'invalid_parameter_error',
      type: 'invalid_request_error',
    })
  })

  it('An error repeats neither a prompt nor what looks like a key.', async () => {
    const secret = 'sk-0123456789abcdef'
    for (const body of [
      { model: 'm', input: { messages: secret } },
      { model: 'm', input: { messages: [{ role: secret, content: 'hi' }] } },
      { model: 'm', input: { prompt: { text: secret } } },
    ]) {
      expect((await ask(TEXT, body)).text).not.toContain(secret)
    }
  })

  it.each([
    ['page_no=0', 'page_no'],
    ['page_size=101', 'page_size'],
    ['page_size=ten', 'page_size'],
    ['page_no=-1', 'page_no'],
    ['page_no=1.5', 'page_no'],
  ])('A list with ?%s is refused by the name of the parameter.', async (query, param) => {
    const response = await send(rig.gateway.address, {
      path: `/api/v1/tasks?${query}`,
      headers: { authorization: `Bearer ${rig.key}` },
    })
    expect(response.status).toBe(400)
    expect(JSON.parse(response.text).message).toMatch(new RegExp(`^${param}: expected a whole number`))
    expect(await rig.gateway.calls()).toEqual([])
  })

  it.each([
    ['', 'action: expected "getPolicy".'],
    ['action=delete&model=m', 'action: expected "getPolicy".'],
    ['action=getPolicy&action=delete&model=m', 'action: expected "getPolicy".'],
    ['action=getPolicy', 'model: expected the name of exactly one model in the query.'],
    ['action=getPolicy&model=', 'model: expected the name of exactly one model in the query.'],
  ])('An upload policy is refused with ?%s', async (query, message) => {
    const response = await send(rig.gateway.address, {
      path: `/api/v1/uploads?${query}`,
      headers: { authorization: `Bearer ${rig.key}` },
    })
    expect(response.status).toBe(400)
    expect(JSON.parse(response.text).message).toBe(message)
    expect(await rig.gateway.calls()).toEqual([])
  })
})
