import { describe, expect, it } from 'vitest'
import { CHAT, MESSAGES, TEXT } from '../harness/caller.ts'
import { json } from '../harness/plain-upstream.ts'
import { useGateway } from '../harness/use-gateway.ts'
import { send } from '../harness/wire.ts'

const NATIVE_BODY = '{"model":"m","input":{"prompt":"hi"}}'
const CHAT_BODY = '{"model":"m","messages":[{"role":"user","content":"hi"}]}'
const MESSAGES_BODY = '{"model":"m","max_tokens":9,"messages":[{"role":"user","content":"hi"}]}'

const rig = useGateway({ CACHE_TTL_SECONDS: '0' }, { workspaces: ['ws-*'] })

/** Sends a request and returns it as the upstream saw it. */
async function pass(method: string, path: string, body: string | undefined, headers: Record<string, string>) {
  const before = rig.upstream.seen.length
  const response = await send(rig.gateway.address, {
    method,
    path,
    headers,
    ...(body !== undefined && { body }),
  })
  expect(response.status, response.text).toBe(200)
  return rig.upstream.seen[before] ?? expect.unreachable()
}

const typed = () => ({ authorization: `Bearer ${rig.key}`, 'content-type': 'application/json' })

describe('P1 clients change only their base URL and their key', () => {
  it.each<[string, string, string, (key: string) => Record<string, string>, readonly string[]]>([
    [
      'the Python SDK',
      TEXT,
      NATIVE_BODY,
      (key) => ({
        'user-agent': 'dashscope/1.26.2; python/3.12.8; incremental_to_full/0',
        accept: 'application/json; charset=utf-8',
        authorization: `Bearer ${key}`,
        'content-type': 'application/json; charset=utf-8',
        'x-dashscope-workspace': 'ws-1',
        'x-dashscope-datainspection': '{"input":"cip"}',
      }),
      ['user-agent', 'accept', 'content-type', 'x-dashscope-workspace', 'x-dashscope-datainspection'],
    ],
    [
      'a Go client with its own spelling of the headers',
      TEXT,
      NATIVE_BODY,
      (key) => ({
        Authorization: `bearer ${key}`,
        'Content-Type': 'application/json',
        'X-Dashscope-Sse': 'enable',
        'X-Accel-Buffering': 'no',
      }),
      ['content-type', 'x-dashscope-sse', 'x-accel-buffering'],
    ],
    [
      'a client without a user agent',
      TEXT,
      NATIVE_BODY,
      (key) => ({ 'x-dashscope-apikey': key, 'content-type': 'application/json' }),
      ['content-type'],
    ],
    [
      'the OpenAI SDK',
      CHAT,
      CHAT_BODY,
      (key) => ({
        accept: 'application/json',
        'content-type': 'application/json',
        'user-agent': 'OpenAI/JS 6.0.0',
        authorization: `Bearer ${key}`,
        'openai-beta': 'assistants=v2',
        'x-stainless-lang': 'js',
        'x-stainless-retry-count': '0',
      }),
      ['accept', 'content-type', 'user-agent', 'openai-beta'],
    ],
    [
      'the Anthropic SDK',
      MESSAGES,
      MESSAGES_BODY,
      (key) => ({
        accept: 'application/json',
        'content-type': 'application/json',
        'user-agent': 'Anthropic/JS 0.60.0',
        'x-api-key': key,
        'anthropic-version': '2023-06-01',
        'anthropic-beta': 'interleaved-thinking-2025-05-14',
      }),
      ['accept', 'content-type', 'user-agent', 'anthropic-version', 'anthropic-beta'],
    ],
    [
      'Claude Code, which sends the key twice',
      `${MESSAGES}?beta=true`,
      MESSAGES_BODY,
      (key) => ({
        'content-type': 'application/json',
        'x-api-key': key,
        authorization: `Bearer ${key}`,
        'anthropic-version': '2023-06-01',
      }),
      ['content-type', 'anthropic-version'],
    ],
  ])('%s', async (_, path, body, headersFor, carried) => {
    const headers = headersFor(rig.key)
    const seen = await pass('POST', path, body, headers)
    expect(seen.target).toBe(path)
    expect(seen.body.toString()).toBe(body)
    expect(seen.headers.authorization).toBe(`Bearer ${rig.gateway.apiKey}`)
    const sent = Object.fromEntries(
      Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]),
    )
    for (const name of carried) expect(seen.headers[name], name).toBe(sent[name])
    if (!('user-agent' in sent)) expect(seen.headers).not.toHaveProperty('user-agent')
  })
})

describe('P1 URLs', () => {
  it.each([
    ['POST', `${TEXT}/`, NATIVE_BODY],
    ['POST', `${CHAT}/`, CHAT_BODY],
    ['POST', `${MESSAGES}/`, MESSAGES_BODY],
    ['GET', '/compatible-mode/v1/models', undefined],
    ['GET', '/compatible-mode/v1/models/', undefined],
    ['GET', '/api/v1/uploads?action=getPolicy&model=qwen-vl-plus', undefined],
  ])('%s %s goes upstream unchanged.', async (method, path, body) => {
    expect((await pass(method, path, body, typed())).target).toBe(path)
  })

  it('A query keeps its meaning however it is encoded.', async () => {
    const path = '/api/v1/uploads?action=%67etPolicy&model=a%20b%2Bc%26d%E4%BD%A0'
    const { target } = await pass('GET', path, undefined, typed())
    expect([...new URL(target, rig.upstream.address).searchParams]).toEqual([
      ['action', 'getPolicy'],
      ['model', 'a b+c&d你'],
    ])
  })

  it.each([
    ['POST', TEXT, NATIVE_BODY, '?model=other&stream=true'],
    ['POST', CHAT, CHAT_BODY, '?beta=true'],
    ['POST', MESSAGES, MESSAGES_BODY, '?stream=true'],
    ['GET', '/compatible-mode/v1/models', undefined, '?limit=1'],
  ])(
    '%s %s goes upstream without a query that the endpoint does not know.',
    async (method, path, body, query) => {
      expect((await pass(method, path + query, body, typed())).target).toBe(path)
    },
  )

  it('Only the known parameters of a query go upstream.', async () => {
    const seen = await pass('POST', `${MESSAGES}?beta=true&api_key=x&beta=2`, MESSAGES_BODY, typed())
    expect(seen.target).toBe(`${MESSAGES}?beta=true&beta=2`)
  })
})

describe('P1 tasks', () => {
  it('A task is submitted, read and cancelled as DashScope documents it.', async () => {
    const submitted = '{"output":{"task_status":"PENDING","task_id":"9e2b6ef6-285d"},"request_id":"r"}'
    rig.upstream.answer(json(submitted))
    const image = '/api/v1/services/aigc/text2image/image-synthesis'
    const headers = { ...typed(), 'x-dashscope-async': 'enable' }
    const seen = await pass(
      'POST',
      image,
      '{"model":"wanx-v1","input":{"prompt":"a cat"},"parameters":{"n":1}}',
      headers,
    )
    expect(seen.headers['x-dashscope-async']).toBe('enable')
    for (const [method, path] of [
      ['GET', '/api/v1/tasks/9e2b6ef6-285d'],
      ['POST', '/api/v1/tasks/9e2b6ef6-285d/cancel'],
    ] as const) {
      const text = `{"request_id":"${method}" , "output":{}}`
      rig.upstream.answer(json(text))
      const response = await send(rig.gateway.address, {
        method,
        path,
        headers: { authorization: `Bearer ${rig.key}` },
      })
      expect(response.text).toBe(text)
      expect(rig.upstream.seen.at(-1)?.target).toBe(path)
    }
  })
})
