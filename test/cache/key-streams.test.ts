import { describe, expect, it } from 'vitest'
import {
  CACHE_KEY_VERSION,
  cacheKey,
  isTransportOption,
  responseChangingHeaders,
} from '../../src/cache/key.ts'
import { findEndpoint } from '../../src/dashscope/endpoints.ts'
import { JsonBody } from '../../src/lib/json/body.ts'
import { bytesOf } from '../../src/lib/json/utf8.ts'
import { CHAT, MESSAGES, TEXT } from '../harness/caller.ts'

/** The key of a request, stream or not. */
function keyOf(path: string, text: string, stream: boolean, headers: Record<string, string> = {}): string {
  const found = findEndpoint('POST', path)
  if (found.kind !== 'endpoint') throw new Error(`No endpoint at ${path}.`)
  const { endpoint } = found
  return cacheKey({
    version: CACHE_KEY_VERSION,
    scope: { kind: 'key', id: 'key_1', generation: 0 },
    host: 'https://dashscope.aliyuncs.com',
    path,
    headers: responseChangingHeaders(new Headers(headers), stream && endpoint.stream === 'header'),
    json: JsonBody.parse(bytesOf(text)),
    omit: isTransportOption(endpoint, stream),
  })
}

describe('one key for a stream and a whole response', () => {
  it.each<[string, string, string, string]>([
    ['native', TEXT, '{"model":"m","parameters":{}}', '{"model":"m","parameters":{}}'],
    [
      'native, increments',
      TEXT,
      '{"parameters":{"seed":1}}',
      '{"parameters":{"incremental_output":true,"seed":1}}',
    ],
    ['Python SDK', TEXT, '{"parameters":{}}', '{"parameters":{"stream":true,"incremental_output":false}}'],
    [
      'LangChain.js',
      TEXT,
      '{"parameters":{"stream":false}}',
      '{"parameters":{"stream":true,"incremental_output":true}}',
    ],
    ['Spring', TEXT, '{"model":"m","stream":false}', '{"model":"m","stream":true}'],
    ['compatible', CHAT, '{"model":"m"}', '{"model":"m","stream":true}'],
    [
      'compatible with usage',
      CHAT,
      '{"model":"m"}',
      '{"stream_options":{"include_usage":true},"model":"m","stream":true}',
    ],
    [
      'compatible without options',
      CHAT,
      '{"model":"m"}',
      '{"stream_options":null,"model":"m","stream":true}',
    ],
    ['Anthropic', MESSAGES, '{"model":"m","stream":false}', '{"model":"m","stream":true}'],
  ])('The two forms share a key: %s', (_, path, whole, stream) => {
    expect(keyOf(path, stream, true, { 'x-dashscope-sse': 'enable' })).toBe(
      keyOf(path, whole, false, path === TEXT ? {} : { 'x-dashscope-sse': 'enable' }),
    )
    expect(keyOf(path, stream, true)).toBe(keyOf(path, whole, false))
  })

  it('A native stream that is requested by Accept alone shares the key too.', () => {
    expect(keyOf(TEXT, '{}', true, { accept: 'text/event-stream' })).toBe(keyOf(TEXT, '{}', false))
  })

  it('Framing makes no difference to a whole response either.', () => {
    expect(keyOf(TEXT, '{"parameters":{"incremental_output":true}}', false)).toBe(
      keyOf(TEXT, '{"parameters":{}}', false),
    )
  })
})

describe('differences beyond framing', () => {
  it.each<[string, string, string, string, boolean]>([
    ['a switch that streams nothing', TEXT, '{"parameters":{"stream":true}}', '{"parameters":{}}', false],
    [
      'a switch that is not a switch',
      TEXT,
      '{"parameters":{"incremental_output":"true"}}',
      '{"parameters":{}}',
      true,
    ],
    ['no switch at that place', TEXT, '{"input":{"incremental_output":true}}', '{"input":{}}', true],
    ['a member of the compatible API', TEXT, '{"stream_options":{}}', '{}', true],
    ['options without a stream', CHAT, '{"stream_options":{}}', '{}', false],
    ['a native parameter', CHAT, '{"parameters":{"incremental_output":true}}', '{"parameters":{}}', true],
    ['options at another place', CHAT, '{"a":{"stream_options":{}}}', '{"a":{}}', true],
    ['a repeated switch', CHAT, '{"stream":true,"stream":false}', '{}', true],
    ['an unknown switch', CHAT, '{"stream":1}', '{}', true],
  ])('The keys differ only where the difference matters: %s', (_, path, one, other, stream) => {
    expect(keyOf(path, one, stream)).not.toBe(keyOf(path, other, stream))
  })

  it('X-DashScope-SSE on endpoints without such a stream.', () => {
    const headers = { 'x-dashscope-sse': 'enable' }
    expect(keyOf(CHAT, '{}', true, headers)).not.toBe(keyOf(CHAT, '{}', true))
  })
})
