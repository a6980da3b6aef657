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
} from '../harness/caller.ts'
import { ONLY_IF_CACHED, question, STREAM_WITH_USAGE, useStreamRig } from './stream-rig.ts'

const rig = useStreamRig()
const { send, asked, untilKept } = rig

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
    const other = (await rig.gateway.issueKey({ cache: { streams: false } })).key
    await (await send(CHAT, chatBody('qwen-plus', text))).text()
    await (await send(CHAT, chatBody('qwen-plus', text), {}, other)).text()
    const streamed = chatBody('qwen-plus', text, { stream: true })
    for (const [by, control, status] of [
      [rig.key, 'no-store', 'fwd=bypass'],
      [rig.key, 'no-cache', 'fwd=request'],
      [rig.key, 'max-age=0', 'fwd=stale'],
      [other, '', 'fwd=bypass'],
    ] as const) {
      const response = await send(CHAT, streamed, { 'cache-control': control }, by)
      expect(response.headers.get('cache-status')).toBe(`dashscope-edge; ${status}`)
      expect(await response.text()).toContain('[DONE]')
    }
  })

  it('only-if-cached is 504 for a stream too, and costs nothing', async () => {
    const before = await asked()
    const response = await send(CHAT, chatBody('qwen-plus', question(), { stream: true }), ONLY_IF_CACHED)
    expect(response.status).toBe(504)
    expect(await asked()).toBe(before)
  })

  it('P7 what another key has kept, be it by a stream or not', async () => {
    const text = question()
    const own = (await rig.gateway.issueKey({ cache: { streams: true } })).key
    await (await send(CHAT, chatBody('qwen-plus', text))).text()
    await (await send(CHAT, chatBody('qwen-plus', text, STREAM_WITH_USAGE), {}, rig.keeping)).text()
    for (const body of [chatBody('qwen-plus', text), chatBody('qwen-plus', text, STREAM_WITH_USAGE)]) {
      const response = await send(CHAT, body, ONLY_IF_CACHED, own)
      expect(response.status).toBe(504)
    }
  })
})

describe('P4 what is never kept of a stream', () => {
  const gone = async (path: string, body: object) => {
    // Everything behind an answer is done once a later request of the same isolate was logged and stored.
    const text = question()
    await (await send(CHAT, chatBody('qwen-plus', text, STREAM_WITH_USAGE), {}, rig.keeping)).text()
    await untilKept(CHAT, chatBody('qwen-plus', text))
    const response = await send(path, body, ONLY_IF_CACHED, rig.keeping)
    expect(response.status).toBe(504)
  }

  it.each([
    'fault-cut',
    'fault-cut-between',
    'fault-mid-stream-429-Throttling',
    'fault-first-event-400-InvalidParameter',
  ])('one that breaks: %s', async (model) => {
    const text = question()
    await (await send(CHAT, chatBody(model, text, STREAM_WITH_USAGE), {}, rig.keeping)).text()
    await gone(CHAT, chatBody(model, text))
    const body = nativeBody(model, text, { incremental_output: true })
    await (await send(TEXT, body, SSE, rig.keeping)).text()
    await gone(TEXT, nativeBody(model, text))
    const message = messagesBody(model, text, { stream: true })
    await (await send(MESSAGES, message, {}, rig.keeping)).text()
    await gone(MESSAGES, messagesBody(model, text))
  })

  it('one whose caller left', async () => {
    const text = question()
    const body = chatBody('fault-trickle-20', text, STREAM_WITH_USAGE)
    await askAndLeave({ address: rig.gateway.address, key: rig.keeping, path: CHAT, body }, 'answered')
    await gone(CHAT, chatBody('fault-trickle-20', text))
  })

  it('one that does not say what it used, and one of a key that keeps none', async () => {
    const text = question()
    await (await send(CHAT, chatBody('qwen-plus', text, { stream: true }), {}, rig.keeping)).text()
    await gone(CHAT, chatBody('qwen-plus', text))
    await (await send(CHAT, chatBody('qwen-plus', text, STREAM_WITH_USAGE))).text()
    const response = await send(CHAT, chatBody('qwen-plus', text), ONLY_IF_CACHED)
    expect(response.status).toBe(504)
  })

  // 6,000 frames take a busy machine longer than other tests.
  it('one longer than 1 MiB', { timeout: 60_000 }, async () => {
    const body = chatBody('fault-frames-6000', question(), STREAM_WITH_USAGE)
    await (await send(CHAT, body, {}, rig.keeping)).text()
    const { stream, stream_options, ...whole } = body as unknown as Record<string, unknown>
    expect([stream, stream_options]).toBeDefined()
    await gone(CHAT, whole)
  })
})
