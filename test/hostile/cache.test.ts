import { describe, expect, it } from 'vitest'
import { CHAT, MESSAGES, SSE, TEXT } from '../harness/caller.ts'
import { events, json } from '../harness/plain-upstream.ts'
import { useRig } from './rig.ts'

const rig = useRig()

/** A number makes the bodies and headers of this file different, so that no test meets another's entries. */
let questions = 0
const fresh = (word = 'q') => `${word}${questions++}`

async function outcome(path: string, body: string, headers: Record<string, string> = {}): Promise<string> {
  const response = await rig.post(path, body, { 'cache-control': '', ...headers })
  await response.text()
  const status = response.headers.get('cache-status')?.replace(/; ttl=\d+$/, '') ?? ''
  return `${response.status} ${status.replace('dashscope-edge; ', '')}`
}

const MISS = '200 fwd=miss; stored'
const HIT = '200 hit'

describe('hostile: two bodies that a careless cache would confuse', () => {
  const prompt = (value: string) => `{"model":"m","input":{"prompt":${value}}}`

  it.each<[string, (word: string) => [string, string]]>([
    ['composed and decomposed letters', (q) => [prompt(`"${q}\u00e9"`), prompt(`"${q}e\u0301"`)]],
    ['letters that look the same', (q) => [prompt(`"${q}a"`), prompt(`"${q}\u0430"`)]],
    ['with a zero-width space', (q) => [prompt(`"${q}"`), prompt(`"${q}\u200b"`)]],
    ['with a BOM inside', (q) => [prompt(`"${q}"`), prompt(`"${q}\ufeff"`)]],
    ['different halves of surrogate pairs', (q) => [prompt(`"${q}\\ud800"`), prompt(`"${q}\\udbff"`)]],
    ['a half and what replaces it', (q) => [prompt(`"${q}\\ud800"`), prompt(`"${q}\ufffd"`)]],
    ['NUL and nothing', (q) => [prompt(`"${q}"`), prompt(`"${q}\\u0000"`)]],
    [
      'a member called __proto__',
      (q) => [prompt(`"${q}"`), prompt(`"${q}"`).replace('{', '{"__proto__":{"n":2},')],
    ],
    ['what __proto__ says', (q) => [prompt(`"${q}","__proto__":1`), prompt(`"${q}","__proto__":2`)]],
    [
      'seeds beyond 2^53',
      (q) => [prompt(`"${q}","n":9007199254740993`), prompt(`"${q}","n":9007199254740992`)],
    ],
    ['1 and 1.0', (q) => [prompt(`"${q}","n":1`), prompt(`"${q}","n":1.0`)]],
    ['a number and its text', (q) => [prompt(`"${q}","n":1`), prompt(`"${q}","n":"1"`)]],
    ['null and absent', (q) => [prompt(`"${q}"`), prompt(`"${q}","n":null`)]],
    [
      'a key with brackets and the brackets',
      (q) => [prompt(`"${q}","a":{"b":1}`), prompt(`"${q}","a}{b":1`)],
    ],
    ['the order of a list', (q) => [prompt(`"${q}","a":[1,2]`), prompt(`"${q}","a":[2,1]`)]],
    [
      'a member at another depth',
      (q) => [prompt(`"${q}","top_p":1`), prompt(`"${q}"},"parameters":{"top_p":1`)],
    ],
  ])('%s', async (_, bodies) => {
    const [first, second] = bodies(fresh())
    expect(await outcome(TEXT, first)).toBe(MISS)
    expect(await outcome(TEXT, second)).toBe(MISS)
    expect(await outcome(TEXT, first)).toBe(HIT)
    expect(rig.upstream.seen).toHaveLength(2)
  })

  it.each<[string, (word: string) => [string, string]]>([
    [
      'key order and white space',
      (q) => [prompt(`"${q}"`), `{ "input" : {"prompt":"${q}"} ,\n"model":"m" }`],
    ],
    ['escapes of the same letters', (q) => [prompt(`"${q}"`), prompt(`"\\u0071${q.slice(1)}"`)]],
    ['a switch that is off', (q) => [prompt(`"${q}"`), prompt(`"${q}"`).replace('{', '{"stream":false,')]],
  ])('Two bodies share an entry: %s', async (_, bodies) => {
    const [first, second] = bodies(fresh())
    expect(await outcome(TEXT, first)).toBe(MISS)
    expect(await outcome(TEXT, second)).toBe(HIT)
  })
})

describe('hostile: headers that change the response and are not in the body', () => {
  it.each<[string, string]>([
    ['X-DashScope-DataInspection', 'disable'],
    ['X-DashScope-WorkSpace', 'llm-other'],
    ['X-DashScope-OssResourceResolve', 'enable'],
    ['X-DashScope-Whatever-Comes-Next', '1'],
    ['anthropic-version', '1999-01-01'],
    ['anthropic-beta', 'evil-2099-01-01'],
  ])('The header %s gets an entry of its own.', async (name, value) => {
    const body = `{"model":"m","max_tokens":9,"messages":[{"role":"user","content":"${fresh()}"}]}`
    expect(await outcome(MESSAGES, body, { [name]: value })).toBe(MISS)
    expect(await outcome(MESSAGES, body)).toBe(MISS)
    expect(await outcome(MESSAGES, body, { [name]: value })).toBe(HIT)
  })

  it('A response with X-DashScope-Plugin is never stored, because a plugin may search the web.', async () => {
    const body = `{"model":"m","max_tokens":9,"messages":[{"role":"user","content":"${fresh()}"}]}`
    const plugin = { 'x-dashscope-plugin': '{"search":{}}' }
    for (let count = 0; count < 2; count++) expect(await outcome(MESSAGES, body, plugin)).toBe('200 fwd=miss')
  })

  it.each<[string, string, object]>([
    [TEXT, 'enable_search', { parameters: { enable_search: true } }],
    [CHAT, 'enable_search', { enable_search: true }],
    [
      CHAT,
      'a tool that searches',
      { tools: [{ type: 'builtin_function', function: { name: '$web_search' } }] },
    ],
    [
      MESSAGES,
      'a tool of Anthropic that searches',
      { tools: [{ type: 'web_search_20250305', name: 'web_search' }] },
    ],
    ['/compatible-mode/v1/responses', 'a tool that searches', { tools: [{ type: 'web_search' }] }],
    ['/compatible-mode/v1/responses', 'a tool that reads pages', { tools: [{ type: 'web_extractor' }] }],
  ])('At %s a response to %s is never stored.', async (path, _, more) => {
    const asked: Record<string, object> = {
      [TEXT]: { input: { prompt: fresh() } },
      [CHAT]: { messages: [{ role: 'user', content: fresh() }] },
      [MESSAGES]: { max_tokens: 9, messages: [{ role: 'user', content: fresh() }] },
    }
    const body = JSON.stringify({ model: 'm', ...(asked[path] ?? { input: fresh() }), ...more })
    for (let count = 0; count < 2; count++) expect(await outcome(path, body)).not.toMatch(/stored|hit/)
    expect(rig.upstream.seen).toHaveLength(2)
  })

  it('A request with X-DashScope-EncryptionKey never meets an entry, because only that caller can decrypt the response.', async () => {
    const body = `{"model":"m","max_tokens":9,"messages":[{"role":"user","content":"${fresh()}"}]}`
    const encrypted = { 'x-dashscope-encryptionkey': '{"iv":"x"}' }
    expect(await outcome(MESSAGES, body, encrypted)).toBe('200 fwd=bypass')
    expect(await outcome(MESSAGES, body)).toBe(MISS)
    expect(await outcome(MESSAGES, body, encrypted)).toBe('200 fwd=bypass')
    expect(await outcome(MESSAGES, body)).toBe(HIT)
  })

  it('A header cannot be split into two with another meaning.', async () => {
    const body = `{"model":"m","input":{"prompt":"${fresh()}"}}`
    expect(await outcome(TEXT, body, { 'x-dashscope-a': 'b', 'x-dashscope-c': 'd' })).toBe(MISS)
    expect(await outcome(TEXT, body, { 'x-dashscope-a': 'b, x-dashscope-c: d' })).toBe(MISS)
    expect(await outcome(TEXT, body, { 'x-dashscope-a': 'b","x-dashscope-c","d' })).toBe(MISS)
  })

  it('The same body at two endpoints has two cache entries.', async () => {
    const body = `{"model":"m","max_tokens":9,"messages":[{"role":"user","content":"${fresh()}"}]}`
    expect(await outcome(CHAT, body)).toBe(MISS)
    expect(await outcome(MESSAGES, body)).toBe(MISS)
    expect(await outcome(`${MESSAGES}?beta=true`, body)).toBe(MISS)
    expect(await outcome(`${MESSAGES}?whatever=true`, body)).toBe(HIT)
  })
})

describe('hostile: responses that must not be cached', () => {
  it.each<[string, string]>([
    ['a native error', '{"code":"Throttling","message":"slow down","request_id":"r"}'],
    ['a compatible error', '{"error":{"code":"invalid_api_key","message":"no"}}'],
    ['an Anthropic error', '{"type":"error","error":{"type":"overloaded_error","message":"later"}}'],
    ['nonsense', 'Bad gateway'],
    ['nothing', ''],
    ['white space', ' \n'],
    ['a list', '[]'],
  ])('A response with status 200 is not cached if its body is %s', async (_, text) => {
    const body = `{"model":"m","input":{"prompt":"${fresh()}"}}`
    rig.upstream.answer(json(text))
    expect(await outcome(TEXT, body)).not.toContain('stored')
    rig.upstream.answer(json('{"output":{"text":"ok"}}'))
    expect(await outcome(TEXT, body)).toBe(MISS)
  })

  it.each([201, 202, 203, 206, 226])('A response with status %i is not cached.', async (status) => {
    const body = `{"model":"m","input":{"prompt":"${fresh()}"}}`
    rig.upstream.answer(json('{"output":{"text":"ok"}}', status))
    expect(await outcome(TEXT, body)).not.toContain('stored')
    expect(await outcome(TEXT, body)).not.toContain('hit')
  })

  it('A stream that was not requested is not cached.', async () => {
    const body = `{"model":"m","input":{"prompt":"${fresh()}"}}`
    rig.upstream.answer(events(['data:{"output":{"text":"ok"}}\n\n']))
    expect(await outcome(TEXT, body)).toBe('200 fwd=miss')
    expect(await outcome(TEXT, body)).toBe('200 fwd=miss')
  })

  it('A stream with the same body goes to DashScope, and the entry stays as it was.', async () => {
    const body = `{"model":"m","input":{"prompt":"${fresh()}"}}`
    expect(await outcome(TEXT, body)).toBe(MISS)
    rig.upstream.answer(events(['data:{"output":{"text":"a frame"}}\n\n']))
    for (const headers of [SSE, { accept: 'application/json, text/event-stream' }]) {
      const stream = await rig.post(TEXT, body, { 'cache-control': '', ...headers })
      expect(await stream.text()).toContain('a frame')
    }
    expect(await outcome(TEXT, body)).toBe(HIT)
  })
})

describe('hostile: cache headers with invalid values', () => {
  const body = '{"model":"m","input":{"prompt":"steered"}}'

  it.each([
    '-1',
    '59',
    '60.5',
    '6e1',
    '0x3c',
    '2592001',
    'NaN',
    '',
    '60, 60',
    '1'.repeat(8000),
    '60; DROP TABLE',
  ])('X-Edge-Cache-TTL: %s is refused.', async (ttl) => {
    const response = await rig.post(TEXT, body, { 'cache-control': '', 'x-edge-cache-ttl': ttl })
    expect(response.status).toBe(400)
    expect((await response.text()).length).toBeLessThan(500)
    expect(rig.upstream.seen).toEqual([])
  })

  it.each<[string, string]>([
    ['thousands of directives', 'max-age=60,'.repeat(1200)],
    ['quotes that never close', 'x="a,'.repeat(2500)],
    ['backslashes', `x="${'\\'.repeat(14_000)}`],
    ['commas', ','.repeat(14_000)],
    ['an age past all numbers', `max-age=${'9'.repeat(14_000)}`],
    ['a negative age', 'max-age=-1'],
    ['one long name', 'a'.repeat(14_000)],
  ])('Cache-Control of %s', async (_, value) => {
    expect((await rig.post(TEXT, body, { 'cache-control': value })).status).toBe(200)
  })
})
