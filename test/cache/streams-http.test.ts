import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { assemble } from '../../src/dashscope/stream/assemble.ts'
import type { Framing } from '../../src/dashscope/stream/framing.ts'
import {
  ask,
  askAndLeave,
  CHAT,
  chatBody,
  json,
  MESSAGES,
  messagesBody,
  nativeBody,
  SSE,
  TEXT,
  until,
} from '../harness/caller.ts'
import { ADMIN_TOKEN, startTestGateway, type TestGateway } from '../harness/gateway.ts'

const MULTIMODAL = '/api/v1/services/aigc/multimodal-generation/generation'
const TOOLS = [
  {
    type: 'function',
    function: {
      name: 'get_weather',
      description: 'weather',
      parameters: { type: 'object', properties: { city: {} } },
    },
  },
  {
    type: 'function',
    function: {
      name: 'get_time',
      description: 'time',
      parameters: { type: 'object', properties: { city: {} } },
    },
  },
]
const ANTHROPIC_TOOLS = [
  { name: 'get_weather', description: 'weather', input_schema: { type: 'object', properties: { city: {} } } },
]

let gateway: TestGateway
let key: string
let keeping: string
let questions = 0
beforeAll(async () => {
  gateway = await startTestGateway()
  key = (await gateway.issueKey()).key
  keeping = (await gateway.issueKey({ cache: { streams: true } })).key
})
afterAll(() => gateway.stop())

/** A question that no other test asked; it is long enough for several frames. */
function question(words = 'tell me'): string {
  return `${words} ${++questions} ${'你好😀 and so on '.repeat(12)}`
}

function send(
  path: string,
  body: unknown,
  headers: Record<string, string> = {},
  by = key,
): Promise<Response> {
  return ask({ address: gateway.address, key: by, path, body, headers })
}

async function asked(): Promise<number> {
  return (await gateway.calls()).length
}

interface Case {
  name: string
  path: string
  family: Framing['family']
  /** The body of a whole answer, and what a stream adds to it. */
  whole: (text: string) => object
  stream: (text: string) => object
  headers?: Record<string, string>
  incremental?: boolean
}

const native = (
  name: string,
  model: string,
  parameters: object,
  streamed: object,
  incremental = true,
): Case => ({
  name,
  path: TEXT,
  family: 'text',
  incremental,
  whole: (text) => nativeBody(model, text, parameters),
  stream: (text) => nativeBody(model, text, { ...parameters, ...streamed }),
  headers: SSE,
})

const CASES: Case[] = [
  native('native, increments', 'qwen-plus', {}, { incremental_output: true }),
  native('native, as the Python SDK frames it', 'qwen-plus', {}, { incremental_output: true, stream: true }),
  native('native, all so far', 'qwen-plus', {}, { incremental_output: false }, false),
  native('native, by default all so far', 'qwen-plus', {}, {}, false),
  native('native, by default increments', 'qwen3-max', {}, {}),
  native('native text', 'qwen-plus', { result_format: 'text' }, { incremental_output: true }),
  native('native text, all so far', 'qwen-plus', { result_format: 'text' }, {}, false),
  native('native, thinking', 'deepseek-v4-pro', { enable_thinking: true }, { incremental_output: true }),
  native('native, tools', 'qwen-plus', { tools: TOOLS }, { incremental_output: true }),
  native('native, tools, all so far', 'qwen-plus', { tools: TOOLS }, { incremental_output: false }, false),
  native('native, two answers', 'qwen-plus', { n: 2 }, { incremental_output: true }),
  {
    name: 'multimodal',
    path: MULTIMODAL,
    family: 'multimodal',
    whole: (text) => ({
      model: 'qwen-vl-max',
      input: { messages: [{ role: 'user', content: [{ text }] }] },
      parameters: {},
    }),
    stream: (text) => ({
      model: 'qwen-vl-max',
      input: { messages: [{ role: 'user', content: [{ text }] }] },
      parameters: { incremental_output: true },
    }),
    headers: { accept: 'text/event-stream' },
  },
  {
    name: 'compatible with usage',
    path: CHAT,
    family: 'chat',
    whole: (text) => chatBody('qwen-plus', text),
    stream: (text) => chatBody('qwen-plus', text, { stream: true, stream_options: { include_usage: true } }),
  },
  {
    name: 'compatible, thinking',
    path: CHAT,
    family: 'chat',
    whole: (text) => chatBody('deepseek-v4-pro', text, { enable_thinking: true }),
    stream: (text) =>
      chatBody('deepseek-v4-pro', text, {
        enable_thinking: true,
        stream: true,
        stream_options: { include_usage: true },
      }),
  },
  {
    name: 'compatible, tools',
    path: CHAT,
    family: 'chat',
    whole: (text) => chatBody('qwen-plus', text, { tools: TOOLS }),
    stream: (text) =>
      chatBody('qwen-plus', text, { tools: TOOLS, stream: true, stream_options: { include_usage: true } }),
  },
  {
    name: 'Anthropic',
    path: MESSAGES,
    family: 'anthropic',
    whole: (text) => messagesBody('qwen-plus', text, { max_tokens: 900 }),
    stream: (text) => messagesBody('qwen-plus', text, { max_tokens: 900, stream: true }),
  },
  {
    name: 'Anthropic, thinking',
    path: MESSAGES,
    family: 'anthropic',
    whole: (text) =>
      messagesBody('qwen-plus', text, { max_tokens: 900, thinking: { type: 'enabled', budget_tokens: 99 } }),
    stream: (text) =>
      messagesBody('qwen-plus', text, {
        max_tokens: 900,
        thinking: { type: 'enabled', budget_tokens: 99 },
        stream: true,
      }),
  },
  {
    name: 'Anthropic, tools',
    path: MESSAGES,
    family: 'anthropic',
    whole: (text) => messagesBody('qwen-plus', text, { tools: ANTHROPIC_TOOLS }),
    stream: (text) => messagesBody('qwen-plus', text, { tools: ANTHROPIC_TOOLS, stream: true }),
  },
]

/** What a stream says as a whole answer; the code that puts it together has tests of its own. */
function told(stream: string, { family, incremental = true, name }: Case): unknown {
  const choices = name.includes('two answers') ? 2 : 1
  const text = assemble(new TextEncoder().encode(stream), {
    family,
    incremental,
    includeUsage: true,
    choices,
  })
  return text && JSON.parse(text)
}

function words({ name }: Case): string {
  return name.includes('tools') ? 'What are the weather and the time in Paris, number' : 'tell me'
}

describe.each(CASES)('$name', (each) => {
  const { path, whole, stream, headers = {} } = each

  it('a stream is answered with the whole answer that is kept', async () => {
    const text = question(words(each))
    const first = await send(path, whole(text))
    expect(first.headers.get('cache-status')).toBe('dashscope-edge; fwd=miss; stored')
    const answer = await first.json()
    const before = await asked()
    const second = await send(path, stream(text), headers)
    expect(second.status).toBe(200)
    expect(second.headers.get('cache-status')).toMatch(/^dashscope-edge; hit; ttl=\d+$/)
    expect(second.headers.get('content-type')).toBe('text/event-stream;charset=UTF-8')
    expect(second.headers.get('age')).toMatch(/^\d+$/)
    expect(second.headers.get('x-request-id')).toBe(first.headers.get('x-request-id'))
    const told1 = told(await second.text(), each)
    expect(told1).toEqual(answer)
    expect(await asked()).toBe(before)
  })

  it('a completed stream is kept for both, where the key says so', async () => {
    const text = question(words(each))
    const first = await send(path, stream(text), headers, keeping)
    expect(first.headers.get('cache-status')).toBe('dashscope-edge; fwd=miss')
    const answer = told(await first.text(), each)
    await until('the stream is kept', async () => {
      const again = await send(path, whole(text), { 'cache-control': 'only-if-cached' }, keeping)
      await again.body?.cancel()
      return again.status === 200
    })
    const before = await asked()
    const second = await send(path, whole(text), {}, keeping)
    expect(second.headers.get('cache-status')).toContain('hit')
    expect(second.headers.get('content-type')).toBe('application/json')
    expect(await second.json()).toEqual(answer)
    const third = await send(path, stream(text), headers, keeping)
    expect(third.headers.get('cache-status')).toContain('hit')
    expect(told(await third.text(), each)).toEqual(answer)
    expect(await asked()).toBe(before)
  })
})

describe('frames', () => {
  it('native ones are as DashScope writes them, and grow to the answer', async () => {
    const text = question()
    const answer = await json<{ output: { choices: [{ message: { content: string } }] } }>(
      await send(TEXT, nativeBody('qwen-plus', text)),
    )
    const { content } = answer.output.choices[0].message
    for (const incremental_output of [true, false]) {
      const response = await send(TEXT, nativeBody('qwen-plus', text, { incremental_output }), SSE)
      const frames = (await response.text()).split('\n\n').slice(0, -1)
      expect(frames.length).toBeGreaterThan(3)
      const pieces = frames.map((frame, at) => {
        const [id, event, status, data = ''] = frame.split('\n')
        expect([id, event, status]).toEqual([`id:${at + 1}`, 'event:result', ':HTTP_STATUS/200'])
        const [choice] = JSON.parse(data.slice('data:'.length)).output.choices
        expect(choice.finish_reason).toBe(at === frames.length - 1 ? 'stop' : 'null')
        return choice.message.content as string
      })
      if (incremental_output) expect(pieces.join('')).toBe(content)
      else for (const piece of pieces) expect(content.startsWith(piece)).toBe(true)
      expect(pieces.at(-1)).toBe(incremental_output ? '' : content)
    }
  })

  it('compatible ones name the usage only when asked', async () => {
    const text = question()
    await (await send(CHAT, chatBody('qwen-plus', text))).text()
    const plain = await (await send(CHAT, chatBody('qwen-plus', text, { stream: true }))).text()
    expect(plain).not.toContain('prompt_tokens')
    expect(plain).toMatch(/\n\ndata: \[DONE\]\n\n$/)
    const options = { stream: true, stream_options: { include_usage: true } }
    const counted = await (await send(CHAT, chatBody('qwen-plus', text, options))).text()
    expect(counted.match(/prompt_tokens"/g)).toHaveLength(1)
    expect(counted).toMatch(/"choices":\[\],"usage":\{[^\n]*\n\ndata: \[DONE\]\n\n$/)
  })
})

describe('what a stream is not answered with', () => {
  it('where it is not certain how it would be framed', async () => {
    const text = question()
    const body = nativeBody('deepseek-v4-pro', text)
    await (await send(TEXT, body)).text()
    const response = await send(TEXT, body, SSE)
    expect(response.headers.get('cache-status')).toBe('dashscope-edge; fwd=bypass')
    await response.text()
  })

  it('where the caller or the key says no', async () => {
    const text = question()
    const other = (await gateway.issueKey({ cache: { streams: false } })).key
    await (await send(CHAT, chatBody('qwen-plus', text))).text()
    await (await send(CHAT, chatBody('qwen-plus', text), {}, other)).text()
    const streamed = chatBody('qwen-plus', text, { stream: true })
    for (const [by, control, status] of [
      [key, 'no-store', 'fwd=bypass'],
      [key, 'no-cache', 'fwd=request'],
      [key, 'max-age=0', 'fwd=stale'],
      [other, '', 'fwd=bypass'],
    ] as const) {
      const response = await send(CHAT, streamed, { 'cache-control': control }, by)
      expect(response.headers.get('cache-status')).toBe(`dashscope-edge; ${status}`)
      expect(await response.text()).toContain('[DONE]')
    }
  })

  it('only-if-cached is 504 for a stream too, and costs nothing', async () => {
    const before = await asked()
    const response = await send(CHAT, chatBody('qwen-plus', question(), { stream: true }), {
      'cache-control': 'only-if-cached',
    })
    expect(response.status).toBe(504)
    expect(await asked()).toBe(before)
  })

  it('P7 what another key has kept, be it by a stream or not', async () => {
    const text = question()
    const own = (await gateway.issueKey({ cache: { streams: true } })).key
    await (await send(CHAT, chatBody('qwen-plus', text))).text()
    const options = { stream: true, stream_options: { include_usage: true } }
    await (await send(CHAT, chatBody('qwen-plus', text, options), {}, keeping)).text()
    for (const body of [chatBody('qwen-plus', text), chatBody('qwen-plus', text, options)]) {
      const response = await send(CHAT, body, { 'cache-control': 'only-if-cached' }, own)
      expect(response.status).toBe(504)
    }
  })
})

describe('P4 what is never kept of a stream', () => {
  const gone = async (path: string, body: object) => {
    // Everything behind an answer is done once a later request of the same isolate was logged and stored.
    const text = question()
    await (
      await send(
        CHAT,
        chatBody('qwen-plus', text, { stream: true, stream_options: { include_usage: true } }),
        {},
        keeping,
      )
    ).text()
    await until('a later stream is kept', async () => {
      const again = await send(
        CHAT,
        chatBody('qwen-plus', text),
        { 'cache-control': 'only-if-cached' },
        keeping,
      )
      await again.body?.cancel()
      return again.status === 200
    })
    const response = await send(path, body, { 'cache-control': 'only-if-cached' }, keeping)
    expect(response.status).toBe(504)
  }

  it.each([
    'fault-cut',
    'fault-cut-between',
    'fault-mid-stream-429-Throttling',
    'fault-first-event-400-InvalidParameter',
  ])('one that breaks: %s', async (model) => {
    const options = { stream: true, stream_options: { include_usage: true } }
    const text = question()
    await (await send(CHAT, chatBody(model, text, options), {}, keeping)).text()
    await gone(CHAT, chatBody(model, text))
    const body = nativeBody(model, text, { incremental_output: true })
    await (await send(TEXT, body, SSE, keeping)).text()
    await gone(TEXT, nativeBody(model, text))
    const message = messagesBody(model, text, { stream: true })
    await (await send(MESSAGES, message, {}, keeping)).text()
    await gone(MESSAGES, messagesBody(model, text))
  })

  it('one whose caller left', async () => {
    const text = question()
    const body = chatBody('fault-trickle-20', text, { stream: true, stream_options: { include_usage: true } })
    await askAndLeave({ address: gateway.address, key: keeping, path: CHAT, body }, 'answered')
    await gone(CHAT, chatBody('fault-trickle-20', text))
  })

  it('one that does not say what it used, and one of a key that keeps none', async () => {
    const text = question()
    await (await send(CHAT, chatBody('qwen-plus', text, { stream: true }), {}, keeping)).text()
    await gone(CHAT, chatBody('qwen-plus', text))
    const options = { stream: true, stream_options: { include_usage: true } }
    await (await send(CHAT, chatBody('qwen-plus', text, options))).text()
    const response = await send(CHAT, chatBody('qwen-plus', text), { 'cache-control': 'only-if-cached' })
    expect(response.status).toBe(504)
  })

  it('one longer than 1 MiB', async () => {
    const body = chatBody('fault-frames-6000', question(), {
      stream: true,
      stream_options: { include_usage: true },
    })
    await (await send(CHAT, body, {}, keeping)).text()
    const { stream, stream_options, ...whole } = body as unknown as Record<string, unknown>
    expect([stream, stream_options]).toBeDefined()
    await gone(CHAT, whole)
  })
})

describe('the bill', () => {
  it('a stream from the cache costs nothing and counts as cached', async () => {
    const mine = await gateway.issueKey()
    const text = question()
    await (await send(CHAT, chatBody('qwen-plus', text), {}, mine.key)).text()
    await (await send(CHAT, chatBody('qwen-plus', text, { stream: true }), {}, mine.key)).text()
    type Report = { total: { requests: number; cache_hits: number; saved_tokens: number } }
    const usage = async () => {
      const response = await fetch(`${gateway.address}/edge/usage?key=${mine.id}`, {
        headers: { authorization: `Bearer ${ADMIN_TOKEN}` },
      })
      return (await json<Report>(response)).total
    }
    await until('both are counted', async () => (await usage()).requests === 2)
    const { cache_hits, saved_tokens } = await usage()
    expect(cache_hits).toBe(1)
    expect(saved_tokens).toBeGreaterThan(0)
  })
})
