import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { ask, CHAT, chatBody, MESSAGES, messagesBody, nativeBody, TEXT, until } from '../harness/caller.ts'
import { startTestGateway, type TestGateway } from '../harness/gateway.ts'
import { json, type PlainUpstream, startPlainUpstream } from '../harness/plain-upstream.ts'
import { usageReport } from '../meter/over-http/rig.ts'

const RESPONSE =
  '{"id":"chatcmpl-1","object":"chat.completion","model":"qwen-plus","choices":[{"index":0,"message":{"role":"assistant","content":"hi"},"finish_reason":"stop"}],"usage":{"prompt_tokens":1000,"completion_tokens":2000,"total_tokens":3000}}'

let normal: PlainUpstream
let batch: PlainUpstream
let gateway: TestGateway

beforeAll(async () => {
  normal = await startPlainUpstream()
  batch = await startPlainUpstream()
  gateway = await startTestGateway({
    REGIONS: 'beijing,singapore',
    DASHSCOPE_BASE_URL: normal.address,
    DASHSCOPE_BATCH_URL: batch.address,
    DASHSCOPE_API_KEY_SINGAPORE: 'sk-singapore',
    DASHSCOPE_BASE_URL_SINGAPORE: normal.address,
  })
})
afterAll(async () => {
  await gateway.stop()
  await normal.stop()
  await batch.stop()
})
beforeEach(() => {
  normal.answer(json('{"output":{"text":"ok"}}'))
  batch.answer(json(RESPONSE))
})

const HEADER = { 'x-edge-batch': 'chat' }

describe('a chat request with X-Edge-Batch', () => {
  it('The request goes to the host of Batch Chat unchanged, and costs half.', async () => {
    const { id, key } = await gateway.issueKey({ name: 'half' })
    const body = JSON.stringify(chatBody('qwen-plus', 'hi'))
    const before = normal.seen.length
    for (let times = 0; times < 2; times++) {
      const response = await ask({ address: gateway.address, key, path: CHAT, body, headers: HEADER })
      expect(await response.text()).toBe(RESPONSE)
      expect(response.headers.get('cache-status')).toContain('fwd=bypass')
    }
    expect(batch.seen.map((seen) => seen.body.toString())).toEqual([body, body])
    expect(batch.seen[0]?.target).toBe(CHAT)
    expect(batch.seen[0]?.headers.authorization).toBe(`Bearer ${gateway.apiKey}`)
    expect(batch.seen[0]?.headers).not.toHaveProperty('x-edge-batch')
    expect(normal.seen).toHaveLength(before)
    const report = () => usageReport(gateway, `key=${id}&group_by=key`)
    await until('both responses are counted', async () => (await report()).rows[0]?.output_tokens === 4000)
    const { rows } = await report()
    // qwen-plus in Beijing: 0.8 and 2 CNY per million tokens, half of it in a batch.
    expect(rows[0]?.money).toBeCloseTo((2 * (1000 * 0.8 + 2000 * 2)) / 1e6 / 2, 9)
  })

  it('The request never goes to the normal host, even if that of Batch Chat fails.', async () => {
    const { key } = await gateway.issueKey({ name: 'failing', fallbacks: { 'qwen-plus': ['qwen-flash'] } })
    batch.answer(json('{"error":{"code":"internal_error","message":"no"}}', 500))
    const before = normal.seen.length
    const asked = { address: gateway.address, key, path: CHAT, body: chatBody('qwen-plus', 'fail') }
    expect((await ask({ ...asked, headers: HEADER })).status).toBe(500)
    expect(normal.seen).toHaveLength(before)
    // Nor does its failure close the normal host to others.
    normal.answer(json(RESPONSE))
    expect((await ask(asked)).status).toBe(200)
  })

  it.each<[string, string, unknown, Record<string, string>, object]>([
    ['another value', CHAT, chatBody('qwen-plus', 'hi'), { 'x-edge-batch': 'yes' }, {}],
    ['an empty value', CHAT, chatBody('qwen-plus', 'hi'), { 'x-edge-batch': '' }, {}],
    ['a stream', CHAT, chatBody('qwen-plus', 'hi', { stream: true }), HEADER, {}],
    ['a job', CHAT, chatBody('qwen-plus', 'hi'), { ...HEADER, prefer: 'respond-async' }, {}],
    ['a native endpoint', TEXT, nativeBody('qwen-plus', 'hi'), HEADER, {}],
    ['Anthropic’s endpoint', MESSAGES, messagesBody('qwen-plus', 'hi'), HEADER, {}],
    ['a key of another region', CHAT, chatBody('qwen-plus', 'hi'), HEADER, { regions: ['singapore'] }],
  ])('The request is refused for %s', async (name, path, body, headers, fields) => {
    const { key } = await gateway.issueKey({ name, ...fields })
    const before = [normal.seen.length, batch.seen.length]
    const response = await ask({ address: gateway.address, key, path, body, headers })
    expect(response.status, await response.clone().text()).toBe(400)
    expect(await response.text()).toContain('X-Edge-Batch')
    expect([normal.seen.length, batch.seen.length]).toEqual(before)
  })

  it('A gateway without a host of Batch Chat refuses the request.', async () => {
    const other = await startTestGateway({ DASHSCOPE_BASE_URL: normal.address })
    try {
      const { key } = await other.issueKey()
      const body = chatBody('qwen-plus', 'hi')
      const response = await ask({ address: other.address, key, path: CHAT, body, headers: HEADER })
      expect(response.status).toBe(400)
      expect(await response.text()).toContain('DASHSCOPE_BATCH_URL')
    } finally {
      await other.stop()
    }
  })
})
