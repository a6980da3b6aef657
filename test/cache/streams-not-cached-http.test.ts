import { describe, expect, it } from 'vitest'
import {
  ask,
  askAndLeave,
  CHAT,
  chatBody,
  MESSAGES,
  messagesBody,
  nativeBody,
  SSE,
  TEXT,
  until,
} from '../harness/caller.ts'
import { events, json } from '../harness/plain-upstream.ts'
import { useGateway } from '../harness/use-gateway.ts'
import { ONLY_IF_CACHED, question, STREAM_WITH_USAGE, useStreamRig } from './stream-rig.ts'

const rig = useStreamRig()
const { send, asked, untilKept } = rig

describe('streams that are not served from the cache', () => {
  it('A stream whose framing is not certain goes to DashScope.', async () => {
    const text = question()
    const body = nativeBody('deepseek-v4-pro', text)
    await (await send(TEXT, body)).text()
    const response = await send(TEXT, body, SSE)
    expect(response.headers.get('cache-status')).toBe('dashscope-edge; fwd=bypass')
    await response.text()
  })

  it('A stream goes to DashScope if the caller or the key says so.', async () => {
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

  it('For only-if-cached a stream gets 504 too, and costs nothing.', async () => {
    const before = await asked()
    const response = await send(CHAT, chatBody('qwen-plus', question(), { stream: true }), ONLY_IF_CACHED)
    expect(response.status).toBe(504)
    expect(await asked()).toBe(before)
  })

  it('P7: Nothing that another key has cached is served, whether it came as a stream or not.', async () => {
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

describe('P4: streams that are never cached', () => {
  const gone = async (path: string, body: object) => {
    // Everything behind an answer is done once a later request of the same isolate was logged and stored.
    const text = question()
    await (await send(CHAT, chatBody('qwen-plus', text, STREAM_WITH_USAGE), {}, rig.keeping)).text()
    await untilKept(CHAT, chatBody('qwen-plus', text))
    const response = await send(path, body, ONLY_IF_CACHED, rig.keeping)
    expect(response.status).toBe(504)
  }

  /** Reads to the end, or to the cut of a stream that broke in the middle of a line. */
  const read = async (sent: Promise<Response>) => (await sent).text().catch(() => undefined)

  it.each([
    'fault-cut',
    'fault-cut-between',
    'fault-mid-stream-429-Throttling',
    'fault-first-event-400-InvalidParameter',
  ])('A stream that breaks is not cached: %s', async (model) => {
    const text = question()
    await read(send(CHAT, chatBody(model, text, STREAM_WITH_USAGE), {}, rig.keeping))
    await gone(CHAT, chatBody(model, text))
    const body = nativeBody(model, text, { incremental_output: true })
    await read(send(TEXT, body, SSE, rig.keeping))
    await gone(TEXT, nativeBody(model, text))
    const message = messagesBody(model, text, { stream: true })
    await read(send(MESSAGES, message, {}, rig.keeping))
    await gone(MESSAGES, messagesBody(model, text))
  })

  it('A stream whose caller left is not cached.', async () => {
    const text = question()
    const body = chatBody('fault-trickle-20', text, STREAM_WITH_USAGE)
    await askAndLeave({ address: rig.gateway.address, key: rig.keeping, path: CHAT, body }, 'answered')
    await gone(CHAT, chatBody('fault-trickle-20', text))
  })

  it('A stream without usage is not cached, nor one of a key that caches no streams.', async () => {
    const text = question()
    await (await send(CHAT, chatBody('qwen-plus', text, { stream: true }), {}, rig.keeping)).text()
    await gone(CHAT, chatBody('qwen-plus', text))
    await (await send(CHAT, chatBody('qwen-plus', text, STREAM_WITH_USAGE))).text()
    const response = await send(CHAT, chatBody('qwen-plus', text), ONLY_IF_CACHED)
    expect(response.status).toBe(504)
  })
})

describe('P4: the length of a stream decides whether it is cached', () => {
  const long = useGateway({}, { cache: { streams: true } })
  const FRAME_CHARACTERS = 64 * 1024
  const askLong = (body: object, headers = {}) =>
    ask({ address: long.gateway.address, key: long.key, path: CHAT, body, headers })

  it.each([
    [8, 200],
    [17, 504],
  ])(
    'A stream of %i frames of 64 KiB is answered with %i if only the cache may answer.',
    async (frames, status) => {
      const content = 'x'.repeat(FRAME_CHARACTERS)
      const frame = (choices: object[], usage: object | null = null) =>
        `data: ${JSON.stringify({ id: 'c', object: 'chat.completion.chunk', created: 1, model: 'qwen-plus', choices, usage })}\n\n`
      long.upstream.answer(
        events([
          ...Array.from({ length: frames }, () =>
            frame([{ index: 0, delta: { role: 'assistant', content }, finish_reason: null }]),
          ),
          frame([{ index: 0, delta: { content: '' }, finish_reason: 'stop' }]),
          frame([], { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 }),
          'data: [DONE]\n\n',
        ]),
      )
      const text = question()
      await (await askLong(chatBody('qwen-plus', text, STREAM_WITH_USAGE))).text()
      // What follows a response is done once a later request was logged and stored.
      const probe = question()
      long.upstream.answer(
        json(
          JSON.stringify({
            id: 'c',
            object: 'chat.completion',
            created: 1,
            model: 'qwen-plus',
            choices: [{ index: 0, message: { role: 'assistant', content: 'a' }, finish_reason: 'stop' }],
            usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 },
          }),
        ),
      )
      await (await askLong(chatBody('qwen-plus', probe))).text()
      await until('the later response is cached', async () => {
        const again = await askLong(chatBody('qwen-plus', probe), ONLY_IF_CACHED)
        await again.body?.cancel()
        return again.status === 200
      })
      const response = await askLong(chatBody('qwen-plus', text), ONLY_IF_CACHED)
      await response.body?.cancel()
      expect(response.status).toBe(status)
    },
  )
})
