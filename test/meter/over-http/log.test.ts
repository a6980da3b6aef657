import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import {
  askAndLeave,
  CHAT,
  chatBody,
  MESSAGES,
  messagesBody,
  nativeBody,
  SSE,
  TEXT,
  until,
} from '../../harness/caller.ts'
import { ADMIN_TOKEN, startTestGateway, type TestGateway } from '../../harness/gateway.ts'
import { askWhole, leaveAfterFrames, mintToken } from './rig.ts'

/** Words that stand in no line unless bodies are switched on. */
const PROMPT = 'MyVerySecretPrompt'
const NO_STORE = { 'cache-control': 'no-store' }
const ADDRESS = '203.0.113.77'

type Line = Record<string, unknown> & { request: string }

/** Every line that Workers wrote. */
const written: string[] = []
let gateway: TestGateway
let client: { id: string; key: string }

beforeAll(async () => {
  for (const method of ['log', 'error', 'warn', 'info', 'debug'] as const) {
    vi.spyOn(console, method).mockImplementation((...words: unknown[]) => void written.push(words.join(' ')))
  }
  gateway = await startTestGateway({ UPSTREAM_TIMEOUT_SECONDS: '1' })
  client = await gateway.issueKey()
})
afterAll(async () => {
  vi.restoreAllMocks()
  await gateway.stop()
})
beforeEach(() => {
  written.length = 0
})

function lines(): Line[] {
  return written.filter((line) => line.startsWith('{')).map((line) => JSON.parse(line))
}

interface Question {
  path?: string
  body: object
  headers?: Record<string, string>
}

function asked({ path = TEXT, body, headers = {} }: Question, key = client.key) {
  const all = { ...NO_STORE, 'cf-connecting-ip': ADDRESS, cookie: 'session=MyVerySecretCookie', ...headers }
  return { address: gateway.address, key, path, body, headers: all }
}

/** The one line that is written of a request; waits as long as a second one would need to appear as well. */
async function theLine(): Promise<Line> {
  await until('there is a line', () => lines().length > 0)
  await new Promise((resolve) => setTimeout(resolve, 100))
  expect(written).toHaveLength(1)
  return lines()[0] as Line
}

const PASSED = { endpoint: 'text-generation', model: 'qwen-plus', status: 200 }
const CUT = { model: 'fault-cut', status: 200, ending: 'broken' }

describe('a request has one line in the log', () => {
  it.each<[string, Question, object]>([
    ['a whole answer', { body: nativeBody('qwen-plus', PROMPT) }, { ...PASSED, ending: 'complete' }],
    ['a stream', { body: nativeBody('qwen-plus', PROMPT), headers: SSE }, { ...PASSED, ending: 'complete' }],
    [
      'a chat',
      { path: CHAT, body: chatBody('qwen-flash', PROMPT, { stream: true }) },
      {
        endpoint: 'chat-completions',
        ending: 'complete',
        usage: expect.objectContaining({ estimated: true }),
      },
    ],
    [
      'a stream that broke',
      { path: MESSAGES, body: messagesBody('fault-cut', PROMPT, { stream: true }) },
      { ...CUT, endpoint: 'anthropic-messages' },
    ],
    [
      'an answer that broke',
      { body: nativeBody('fault-cut', PROMPT) },
      { ...CUT, status: 502, reason: 'upstream', message: expect.stringContaining('broke off') },
    ],
    [
      'an answer that never came',
      { body: nativeBody('fault-stall', PROMPT) },
      { status: 504, ending: 'broken', reason: 'timeout' },
    ],
    [
      'a refusal of DashScope',
      { body: nativeBody('fault-status-429-Throttling.RateQuota', PROMPT) },
      { status: 429, ending: 'refused' },
    ],
    [
      'a refusal in the first event',
      { body: nativeBody('fault-first-event-400-InvalidParameter', PROMPT), headers: SSE },
      { status: 400, ending: 'refused' },
    ],
    [
      'a question that only the cache may answer',
      { body: nativeBody('qwen-plus', PROMPT), headers: { 'cache-control': 'only-if-cached' } },
      { status: 504, ending: 'refused', reason: 'notCached' },
    ],
    [
      'a body that is not valid',
      { body: nativeBody('qwen-plus', PROMPT, { temperature: PROMPT }) },
      { status: 400, ending: 'refused', reason: 'invalid', path: TEXT },
    ],
    [
      'a task',
      {
        path: '/api/v1/services/aigc/text2image/image-synthesis',
        headers: { 'x-dashscope-async': 'enable' },
        body: { model: 'wanx-v1', input: { prompt: PROMPT } },
      },
      { endpoint: 'text-to-image', status: 200, ending: 'complete' },
    ],
  ])('%s', async (_, question, expected) => {
    const read = await askWhole(asked(question))
    const line = await theLine()
    expect(line).toMatchObject({ key: client.id, user: '', milliseconds: expect.any(Number), ...expected })
    expect(line.request).toBe(read.headers['x-edge-request-id'])
    expect(line.status).toBe(read.status)
  })

  it('a cached answer, with what it saved', async () => {
    const question = asked({
      body: nativeBody('qwen-plus', 'say it twice'),
      headers: { 'cache-control': '' },
    })
    await askWhole(question)
    await theLine()
    written.length = 0
    await askWhole(question)
    expect(await theLine()).toMatchObject({
      ending: 'cached',
      cache: expect.stringContaining('; hit;'),
      usage: { input: 0, output: 0 },
      money: 0,
      saved: { tokens: expect.any(Number), money: expect.any(Number) },
    })
  })

  it.each([
    ['metered', {}],
    ['not metered', { metered: false }],
  ])('a caller who left before the answer, with a key that is %s', async (_, fields) => {
    const { id, key } = await gateway.issueKey(fields)
    await askAndLeave(asked({ body: nativeBody('fault-slow-900', PROMPT) }, key), 'asked')
    expect(await theLine()).toMatchObject({ key: id, status: 0, ending: 'left' })
  })

  it('a caller who left in the middle of a stream', async () => {
    const question = { body: nativeBody('fault-stall-stream', PROMPT), headers: SSE }
    await leaveAfterFrames(asked(question), 2)
    const line = await theLine()
    expect(line).toMatchObject({ status: 200, ending: 'left', model: 'fault-stall-stream' })
    expect((line.usage as Record<string, number>).output).toBeGreaterThan(0)
  })

  it('a stream of a key that is not metered, whose end nobody watches', async () => {
    const { id, key } = await gateway.issueKey({ metered: false })
    await askWhole(asked({ body: nativeBody('qwen-plus', PROMPT), headers: SSE }, key))
    expect(await theLine()).toMatchObject({ key: id, status: 200, ending: 'open' })
  })

  it('a refusal by a limit, with the key and the end user', async () => {
    const { id, key } = await gateway.issueKey({ limits: { requests_per_minute: 1 } })
    const token = await mintToken(gateway, key, { user: 'ann' })
    await askWhole(asked({ body: nativeBody('qwen-plus', PROMPT) }, token))
    await theLine()
    written.length = 0
    await askWhole(asked({ body: nativeBody('qwen-plus', PROMPT) }, token))
    expect(await theLine()).toMatchObject({ key: id, user: 'ann', status: 429, reason: 'rateLimited' })
  })

  it('a caller without a key, and one with a wrong one, which is not in it', async () => {
    const wrong = `${client.key.slice(0, -6)}AAAAAA`
    await askWhole(asked({ body: nativeBody('qwen-plus', PROMPT) }, wrong))
    expect(await theLine()).toMatchObject({ key: '', status: 401, reason: 'unauthenticated' })
    expect(written.join()).not.toContain(wrong)
  })

  it('a name that is as long as a prompt, cut short', async () => {
    await askWhole(asked({ body: nativeBody('qwen-'.repeat(50), PROMPT) }))
    expect((await theLine()).model).toHaveLength(128)
    expect(written[0]?.length).toBeLessThan(1000)
  })

  it('a path that is as long as a prompt, cut short', async () => {
    await askWhole(asked({ path: `/nothing/${'x'.repeat(4000)}?api_key=MyVerySecretQuery`, body: {} }))
    expect(await theLine()).toMatchObject({ status: 404, reason: 'notFound' })
    expect(written[0]?.length).toBeLessThan(1000)
    expect(written[0]).not.toContain('MyVerySecretQuery')
  })
})

describe('the log holds nothing of what was said', () => {
  it('no prompt, answer, key, address or cookie, however a request ends', async () => {
    const { key } = await gateway.issueKey()
    const token = await mintToken(gateway, key, { user: 'ann' })
    const models = [
      'qwen-plus',
      'fault-cut',
      'fault-cut-between',
      'fault-html',
      'fault-nonsense',
      'fault-empty',
      'fault-status-500-InternalError',
      'fault-mid-stream-429-Throttling',
      'fault-redirect',
      'no-such-model',
    ]
    let asks = 0
    for (const model of models) {
      for (const headers of [{}, SSE]) {
        for (const by of [key, token]) {
          await askWhole(asked({ body: nativeBody(model, PROMPT), headers }, by))
          asks++
        }
      }
    }
    await until('every line is there', () => lines().length >= asks)
    expect(lines()).toHaveLength(asks)
    const log = written.join('\n')
    for (const secret of [
      PROMPT,
      'You said',
      key,
      token,
      gateway.apiKey,
      ADMIN_TOKEN,
      ADDRESS,
      '127.0.0.1',
      'Cookie',
    ]) {
      expect(log).not.toContain(secret)
    }
  })

  it('but bodies where the operator switched them on: whole answers and the ends of streams', async () => {
    const open = await startTestGateway({ LOG_BODIES: 'on' })
    try {
      const { key } = await open.issueKey()
      for (const headers of [{}, SSE]) {
        written.length = 0
        const body = nativeBody('qwen-plus', PROMPT, {
          incremental_output: true,
          seed: headers === SSE ? 1 : 2,
        })
        const read = await askWhole({ address: open.address, key, path: TEXT, body, headers })
        const line = await theLine()
        expect(line.body).toBe(JSON.stringify(body))
        expect(line.answer).toBe(read.text)
        expect(written.join()).not.toContain(key)
        expect(written.join()).not.toContain(open.apiKey)
      }
      written.length = 0
      const long = nativeBody('qwen-plus', 'long '.repeat(10_000))
      await askWhole({ address: open.address, key, path: TEXT, body: long })
      const line = await theLine()
      expect(String(line.body)).toHaveLength(16_384)
      expect(String(line.answer).length).toBeLessThanOrEqual(16_384)
    } finally {
      await open.stop()
    }
  })
})
