import { describe, expect, it } from 'vitest'
import { joinEvents } from '../../src/dashscope/stream/join.ts'
import { CHAT, chatBody, json, nativeBody, SSE, TEXT, until } from '../harness/caller.ts'
import { ADMIN_TOKEN } from '../harness/gateway.ts'
import { CASES, type Case } from './stream-cases.ts'
import { question, STREAM_WITH_USAGE, useStreamRig } from './stream-rig.ts'

const rig = useStreamRig()
const { send, asked, untilKept } = rig

/** What a stream says as a whole answer; the code that puts it together has tests of its own. */
function told(stream: string, { format, incremental = true, name }: Case): unknown {
  const choices = name.includes('two answers') ? 2 : 1
  const text = joinEvents(new TextEncoder().encode(stream), {
    format,
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

  it('A stream is served from the cached whole response.', async () => {
    const text = question(words(each))
    const first = await send(path, whole(text))
    expect(first.headers.get('cache-status')).toBe('dashscope-edge; fwd=miss; stored')
    const response = await first.json()
    const before = await asked()
    const second = await send(path, stream(text), headers)
    expect(second.status).toBe(200)
    expect(second.headers.get('cache-status')).toMatch(/^dashscope-edge; hit; ttl=\d+$/)
    expect(second.headers.get('content-type')).toBe('text/event-stream;charset=UTF-8')
    expect(second.headers.get('age')).toMatch(/^\d+$/)
    expect(second.headers.get('x-request-id')).toBe(first.headers.get('x-request-id'))
    const told1 = told(await second.text(), each)
    expect(told1).toEqual(response)
    expect(await asked()).toBe(before)
  })

  it('A completed stream is cached for both forms if the key says so.', async () => {
    const text = question(words(each))
    const first = await send(path, stream(text), headers, rig.keeping)
    expect(first.headers.get('cache-status')).toBe('dashscope-edge; fwd=miss')
    const response = told(await first.text(), each)
    await untilKept(path, whole(text))
    const before = await asked()
    const second = await send(path, whole(text), {}, rig.keeping)
    expect(second.headers.get('cache-status')).toContain('hit')
    expect(second.headers.get('content-type')).toBe('application/json')
    expect(await second.json()).toEqual(response)
    const third = await send(path, stream(text), headers, rig.keeping)
    expect(third.headers.get('cache-status')).toContain('hit')
    expect(told(await third.text(), each)).toEqual(response)
    expect(await asked()).toBe(before)
  })
})

describe('frames made from a cached response', () => {
  it('Native frames look like those of DashScope and grow to the full response.', async () => {
    const text = question()
    const response = await json<{ output: { choices: [{ message: { content: string } }] } }>(
      await send(TEXT, nativeBody('qwen-plus', text)),
    )
    const { content } = response.output.choices[0].message
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

  it('Compatible frames name the usage only when asked.', async () => {
    const text = question()
    await (await send(CHAT, chatBody('qwen-plus', text))).text()
    const plain = await (await send(CHAT, chatBody('qwen-plus', text, { stream: true }))).text()
    expect(plain).not.toContain('prompt_tokens')
    expect(plain).toMatch(/\n\ndata: \[DONE\]\n\n$/)
    const counted = await (await send(CHAT, chatBody('qwen-plus', text, STREAM_WITH_USAGE))).text()
    expect(counted.match(/prompt_tokens"/g)).toHaveLength(1)
    expect(counted).toMatch(/"choices":\[\],"usage":\{[^\n]*\n\ndata: \[DONE\]\n\n$/)
  })
})

describe('the bill', () => {
  it('A stream from the cache costs nothing and counts as cached.', async () => {
    const mine = await rig.gateway.issueKey()
    const text = question()
    await (await send(CHAT, chatBody('qwen-plus', text), {}, mine.key)).text()
    await (await send(CHAT, chatBody('qwen-plus', text, { stream: true }), {}, mine.key)).text()
    type Report = { total: { requests: number; cache_hits: number; saved_tokens: number } }
    const usage = async () => {
      const response = await fetch(`${rig.gateway.address}/edge/usage?key=${mine.id}`, {
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
