import { describe, expect, it } from 'vitest'
import {
  askAndLeave,
  CHAT,
  chatBody,
  MESSAGES,
  messagesBody,
  nativeBody,
  SSE,
  TEXT,
} from '../../harness/caller.ts'
import { PROMPT, type Question, useLog } from './log-rig.ts'
import { askWhole, leaveAfterFrames, mintToken } from './rig.ts'

const rig = useLog()
const { written, asked, theLine } = rig

const PASSED = { endpoint: 'text-generation', model: 'qwen-plus', status: 200 }
const CUT = { model: 'fault-cut', status: 200, ending: 'broken' }

describe('one line in the log for each request', () => {
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
  ])('The line is right for %s', async (_, question, expected) => {
    const read = await askWhole(asked(question))
    const line = await theLine()
    expect(line).toMatchObject({
      key: rig.client.id,
      user: '',
      milliseconds: expect.any(Number),
      ...expected,
    })
    expect(line.request).toBe(read.headers['x-edge-request-id'])
    expect(line.status).toBe(read.status)
  })

  it('A cached response is logged with what it saved.', async () => {
    const question = asked({
      body: nativeBody('qwen-plus', 'say it twice'),
      headers: { 'cache-control': '' },
    })
    await askWhole(question)
    await theLine()
    written.length = 0
    await askWhole(question)
    const line = await theLine()
    expect(line).not.toHaveProperty('usage')
    expect(line).toMatchObject({
      ending: 'cached',
      cache: expect.stringContaining('; hit;'),
      money: 0,
      currency: 'CNY',
      saved: { tokens: expect.any(Number), money: expect.any(Number) },
    })
  })

  it.each([
    ['metered', {}],
    ['not metered', { metered: false }],
  ])('A caller that left before the response is logged, with a key that is %s', async (_, fields) => {
    const { id, key } = await rig.gateway.issueKey(fields)
    await askAndLeave(asked({ body: nativeBody('fault-slow-900', PROMPT) }, key), 'asked')
    expect(await theLine()).toMatchObject({ key: id, status: 0, ending: 'left' })
  })

  it('A caller that left in the middle of a stream is logged.', async () => {
    const question = { body: nativeBody('fault-stall-stream', PROMPT), headers: SSE }
    await leaveAfterFrames(asked(question), 2)
    const line = await theLine()
    expect(line).toMatchObject({ status: 0, ending: 'left', model: 'fault-stall-stream' })
    expect((line.usage as Record<string, number>).output).toBeGreaterThan(0)
  })

  it('A stream of an unmetered key is logged without its ending, which is not observed.', async () => {
    const { id, key } = await rig.gateway.issueKey({ metered: false })
    await askWhole(asked({ body: nativeBody('qwen-plus', PROMPT), headers: SSE }, key))
    expect(await theLine()).toMatchObject({ key: id, status: 200, ending: 'open' })
  })

  it('A refusal by a limit is logged with the key and the end user.', async () => {
    const { id, key } = await rig.gateway.issueKey({ limits: { requests_per_minute: 1 } })
    const token = await mintToken(rig.gateway, key, { user: 'ann' })
    await askWhole(asked({ body: nativeBody('qwen-plus', PROMPT) }, token))
    await theLine()
    written.length = 0
    await askWhole(asked({ body: nativeBody('qwen-plus', PROMPT) }, token))
    expect(await theLine()).toMatchObject({ key: id, user: 'ann', status: 429, reason: 'rateLimited' })
  })

  it('A caller without a key is logged, and so is one with a wrong key, without the key.', async () => {
    const wrong = `${rig.client.key.slice(0, -6)}AAAAAA`
    await askWhole(asked({ body: nativeBody('qwen-plus', PROMPT) }, wrong))
    expect(await theLine()).toMatchObject({ key: '', status: 401, reason: 'unauthenticated' })
    expect(written.join()).not.toContain(wrong)
  })

  it('A name that is as long as a prompt is cut short.', async () => {
    await askWhole(asked({ body: nativeBody('qwen-'.repeat(50), PROMPT) }))
    expect((await theLine()).model).toHaveLength(128)
    expect(written[0]?.length).toBeLessThan(1000)
  })

  it('A path that is as long as a prompt is cut short.', async () => {
    await askWhole(asked({ path: `/nothing/${'x'.repeat(4000)}?api_key=MyVerySecretQuery`, body: {} }))
    expect(await theLine()).toMatchObject({ status: 404, reason: 'notFound' })
    expect(written[0]?.length).toBeLessThan(1000)
    expect(written[0]).not.toContain('MyVerySecretQuery')
  })
})
