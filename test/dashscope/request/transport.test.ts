import { describe, expect, it } from 'vitest'
import { findEndpoint } from '../../../src/dashscope/endpoints.ts'
import { asksForStream, asksForTask } from '../../../src/dashscope/request/transport.ts'

function endpoint(method: string, path: string) {
  const found = findEndpoint(method, path)
  return found.kind === 'endpoint' ? found.endpoint : expect.unreachable(path)
}

const native = endpoint('POST', '/api/v1/services/aigc/text-generation/generation')
const chat = endpoint('POST', '/compatible-mode/v1/chat/completions')
const messages = endpoint('POST', '/apps/anthropic/v1/messages')
const embeddings = endpoint('POST', '/compatible-mode/v1/embeddings')
const image = endpoint('POST', '/api/v1/services/aigc/text2image/image-synthesis')

describe('asksForStream on a native endpoint', () => {
  it.each<[Record<string, string>, boolean]>([
    [{}, false],
    [{ 'X-DashScope-SSE': 'enable' }, true],
    [{ 'X-Dashscope-Sse': 'Enable' }, true],
    [{ 'x-dashscope-sse': ' ENABLE ' }, true],
    [{ 'x-dashscope-sse': 'disable' }, false],
    [{ 'x-dashscope-sse': 'disable, enable' }, true],
    [{ 'x-dashscope-sse': 'enable,enable' }, true],
    [{ 'x-dashscope-sse': 'true' }, false],
    [{ 'x-dashscope-sse': '' }, false],
    [{ 'x-dashscope-sse': 'disable', accept: 'text/event-stream' }, true],
    [{ accept: 'text/event-stream' }, true],
    [{ accept: 'Text/Event-Stream' }, true],
    [{ accept: 'application/json, text/event-stream' }, true],
    [{ accept: 'application/json,text/event-stream;charset=utf-8' }, true],
    [{ accept: 'text/event-stream;q=0.1, application/json' }, true],
    [{ accept: 'text/event-stream;q=0' }, false],
    [{ accept: 'text/event-stream ; Q=0.000, application/json' }, false],
    [{ accept: 'text/event-stream;q=0.001' }, true],
    [{ accept: 'text/event-stream;q=0, text/event-stream' }, true],
    [{ accept: 'application/json; charset=utf-8' }, false],
    [{ accept: '*/*' }, false],
    [{ accept: 'text/*' }, false],
    [{ accept: 'text/event-streams' }, false],
    [{ accept: 'x-text/event-stream' }, false],
    [{ accept: 'application/json;profile="text/event-stream"' }, false],
  ])('%j: %j', (headers, stream) => {
    expect(asksForStream(native, new Headers(headers), {})).toBe(stream)
  })

  it('On a native endpoint the body does not matter.', () => {
    const body = { stream: true, parameters: { stream: true, incremental_output: true } }
    expect(asksForStream(native, new Headers(), body)).toBe(false)
  })
})

describe('asksForStream elsewhere', () => {
  it.each<[unknown, boolean]>([
    [{ stream: true }, true],
    [{ stream: false }, false],
    [{ stream: null }, false],
    [{ stream: 'true' }, false],
    [{ stream: 1 }, false],
    [{}, false],
    [{ parameters: { stream: true } }, false],
    [null, false],
    ['stream', false],
    [[true], false],
  ])('Whether the body %j asks for a stream: %j', (body, stream) => {
    expect(asksForStream(chat, new Headers(), body)).toBe(stream)
    expect(asksForStream(messages, new Headers(), body)).toBe(stream)
  })

  it('On other endpoints headers do not matter.', () => {
    const headers = new Headers({ accept: 'text/event-stream', 'x-dashscope-sse': 'enable' })
    expect(asksForStream(chat, headers, {})).toBe(false)
  })

  it('An endpoint without a stream is never asked for one.', () => {
    const headers = new Headers({ accept: 'text/event-stream', 'x-dashscope-sse': 'enable' })
    expect(asksForStream(embeddings, headers, { stream: true })).toBe(false)
    expect(asksForStream(image, headers, { stream: true })).toBe(false)
  })
})

describe('asksForTask', () => {
  it.each([
    ['enable', true],
    ['Enable', true],
    [' enable ', true],
    ['enable, enable', true],
    ['disable,enable', true],
    ['disable', false],
    ['true', false],
    ['', false],
  ])('X-DashScope-Async: %j means %j', (value, task) => {
    expect(asksForTask(new Headers({ 'X-DashScope-Async': value }))).toBe(task)
  })

  it('Without the header no task is asked for.', () => expect(asksForTask(new Headers())).toBe(false))
})
