import { beforeEach, describe, expect, it } from 'vitest'
import {
  ask,
  CHAT,
  chatBody,
  json as jsonOf,
  MESSAGES,
  nativeBody,
  SSE,
  TEXT,
  until,
} from '../harness/caller.ts'
import { ADMIN_TOKEN } from '../harness/gateway.ts'
import { events, json, type Respond } from '../harness/plain-upstream.ts'
import { useGateway } from '../harness/use-gateway.ts'

const FALLBACKS = { 'qwen-max': ['qwen-plus', 'qwen-flash'] }
const rig = useGateway({}, { fallbacks: FALLBACKS })

/** How each model responds; a model without an entry responds with its name. */
let responses: Record<string, Respond> = {}

beforeEach(() => {
  responses = {}
  rig.upstream.answer((response, seen) => {
    const { model } = JSON.parse(seen.body.toString())
    const usual = json(
      JSON.stringify({
        choices: [{ message: { role: 'assistant', content: model }, finish_reason: 'stop' }],
        usage: { prompt_tokens: 2, completion_tokens: 3, total_tokens: 5 },
      }),
    )
    return (responses[model] ?? usual)(response, seen)
  })
})

function busy(status = 503, code = 'ModelUnavailable'): Respond {
  return json(JSON.stringify({ error: { code, message: 'busy' } }), status)
}

async function modelsAsked(work: () => Promise<unknown>): Promise<string[]> {
  const before = rig.upstream.seen.length
  await work()
  return rig.upstream.seen.slice(before).map(({ body }) => JSON.parse(body.toString()).model)
}

function chat(question: string, more: object = {}, headers: Record<string, string> = {}, key = rig.key) {
  const body = chatBody('qwen-max', question, more)
  return ask({ address: rig.gateway.address, key, path: CHAT, headers, body })
}

async function contentOf(response: Response): Promise<string | undefined> {
  const body = await jsonOf<{ choices: { message: { content: string } }[] }>(response)
  return body.choices[0]?.message.content
}

describe('a fallback', () => {
  it('A fallback is asked once the model was given up, with its own attempts, and named in X-Edge-Model.', async () => {
    responses = { 'qwen-max': busy() }
    const asked = await modelsAsked(async () => {
      const response = await chat('first')
      expect([response.status, response.headers.get('x-edge-model')]).toEqual([200, 'qwen-plus'])
      expect(await contentOf(response)).toBe('qwen-plus')
    })
    expect(asked).toEqual(['qwen-max', 'qwen-max', 'qwen-max', 'qwen-plus'])
  })

  it('A fallback gets the same body, byte for byte, except for the value of model.', async () => {
    responses = { 'qwen-max': busy(404, 'model_not_found') }
    const body = '{ "messages":[{"role":"user","content":"\\u4f60 1.0"}],  "model" : "qwen-max" ,"seed":1e2}'
    await ask({ address: rig.gateway.address, key: rig.key, path: CHAT, body })
    expect(rig.upstream.seen.at(-1)?.body.toString()).toBe(body.replace('qwen-max', 'qwen-plus'))
  })

  it('A fallback responds to a stream whose model fails in its first event.', async () => {
    const error = 'event:error\n:HTTP_STATUS/503\ndata:{"code":"ModelUnavailable","message":"busy"}\n\n'
    const frame =
      'id:1\nevent:result\ndata:{"output":{"finish_reason":"stop"},"usage":{"output_tokens":3}}\n\n'
    responses = { 'qwen-max': events([error]), 'qwen-plus': events([frame]) }
    const body = nativeBody('qwen-max', 'stream')
    const response = await ask({ address: rig.gateway.address, key: rig.key, path: TEXT, headers: SSE, body })
    expect([response.status, response.headers.get('x-edge-model')]).toEqual([200, 'qwen-plus'])
    expect(await response.text()).toBe(frame)
  })

  it.each<[string, string, object]>([
    ['Responses', '/compatible-mode/v1/responses', { input: 'a question' }],
    ['Anthropic', MESSAGES, { max_tokens: 10, messages: [{ role: 'user', content: 'a question' }] }],
    ['native', TEXT, nativeBody('', 'a question')],
  ])(
    'A fallback responds in the %s dialect, and its name replaces that of the model only.',
    async (_, path, body) => {
      responses = { 'qwen-max': busy(404, 'ModelNotFound') }
      const sent = { ...body, model: 'qwen-max' }
      const asked = await modelsAsked(async () => {
        const response = await ask({ address: rig.gateway.address, key: rig.key, path, body: sent })
        expect([response.status, response.headers.get('x-edge-model')]).toEqual([200, 'qwen-plus'])
      })
      expect(asked.at(-1)).toBe('qwen-plus')
      expect(rig.upstream.seen.at(-1)?.body.toString()).toBe(JSON.stringify({ ...sent, model: 'qwen-plus' }))
    },
  )

  it('Fallbacks are asked in the order of the list, and when all fail the first error is returned.', async () => {
    responses = {
      'qwen-max': busy(404, 'model_not_found'),
      'qwen-plus': busy(403, 'AllocationQuota.FreeTierOnly'),
      'qwen-flash': busy(404, 'ModelNotFound'),
    }
    const { key } = await rig.gateway.issueKey({ fallbacks: FALLBACKS })
    rig.upstream.seen.length = 0
    const asked = await modelsAsked(async () => {
      const response = await chat('all fail', {}, {}, key)
      expect(response.status).toBe(404)
      expect(await response.json()).toMatchObject({ error: { code: 'model_not_found' } })
    })
    expect(new Set(asked)).toEqual(new Set(['qwen-max', 'qwen-plus', 'qwen-flash']))
  })

  it.each([
    [400, 'invalid_parameter_error'],
    [401, 'invalid_api_key'],
    [403, 'Arrearage'],
  ])('A fallback is not asked after %d %s, which is not about the model.', async (status, code) => {
    responses = { 'qwen-long': busy(status, code) }
    const { key } = await rig.gateway.issueKey({ fallbacks: { 'qwen-long': ['qwen-turbo'] } })
    const asked = await modelsAsked(() =>
      ask({ address: rig.gateway.address, key, path: CHAT, body: chatBody('qwen-long', `not ${code}`) }),
    )
    expect(asked).not.toContain('qwen-turbo')
  })

  it('A fallback is asked first while a circuit breaker of the model is open.', async () => {
    responses = { 'qwen-vl-max': busy(404, 'model_not_found') }
    const { key } = await rig.gateway.issueKey({ fallbacks: { 'qwen-vl-max': ['qwen-vl-plus'] } })
    const send = (question: string) =>
      ask({ address: rig.gateway.address, key, path: CHAT, body: chatBody('qwen-vl-max', question) })
    expect(await modelsAsked(() => send('one'))).toEqual(['qwen-vl-max', 'qwen-vl-plus'])
    expect(await modelsAsked(() => send('two'))).toEqual(['qwen-vl-plus'])
  })

  it('The response is cached under the name of the fallback only.', async () => {
    responses = { 'qwen-max': busy(404, 'model_not_found') }
    const { key } = await rig.gateway.issueKey({ fallbacks: FALLBACKS })
    expect(await contentOf(await chat('cached', {}, {}, key))).toBe('qwen-plus')
    const only = { 'cache-control': 'only-if-cached' }
    const plus = () =>
      ask({
        address: rig.gateway.address,
        key,
        path: CHAT,
        headers: only,
        body: chatBody('qwen-plus', 'cached'),
      })
    await until('the response is stored', async () => (await plus()).status === 200)
    expect(await contentOf(await plus())).toBe('qwen-plus')
    expect((await chat('cached', {}, only, key)).status).toBe(504)
  })

  it('Usage and cost are those of the fallback.', async () => {
    responses = { 'qwen-max': busy(404, 'model_not_found') }
    const { id, key } = await rig.gateway.issueKey({ fallbacks: FALLBACKS })
    await (await chat('counted', {}, {}, key)).text()
    const usage = async () => {
      const response = await fetch(`${rig.gateway.address}/edge/usage?key=${id}&group_by=model`, {
        headers: { authorization: `Bearer ${ADMIN_TOKEN}` },
      })
      return ((await response.json()) as { rows: { model: string }[] }).rows
    }
    await until('it is counted', async () => (await usage()).length > 0)
    expect((await usage()).map(({ model }) => model)).toEqual(['qwen-plus'])
  })

  it('A fallback is not asked for a task.', async () => {
    responses = { 'qwen-max': busy(404, 'model_not_found') }
    const body = nativeBody('qwen-max', 'a task')
    const headers = { 'x-dashscope-async': 'enable' }
    const asked = await modelsAsked(() =>
      ask({ address: rig.gateway.address, key: rig.key, path: TEXT, headers, body }),
    )
    expect(asked).not.toContain('qwen-plus')
  })
})
