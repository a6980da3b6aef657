import { describe, expect, it } from 'vitest'
import type { Framing } from '../../src/dashscope/stream/framing.ts'
import { asStream } from '../../src/upstream/as-stream.ts'

function streamed(format: Framing['format'], body: string, headers: Record<string, string> = {}) {
  const request = {
    url: 'https://dashscope.example/x',
    method: 'POST',
    headers: { accept: 'application/json', ...headers },
    body: new TextEncoder().encode(body) as Uint8Array<ArrayBuffer>,
  }
  const { headers: sent, body: bytes } = asStream(request, {
    format,
    incremental: true,
    includeUsage: true,
    choices: 1,
  })
  return { headers: sent, text: new TextDecoder().decode(bytes) }
}

describe('asStream inserts the stream switches and leaves every other byte', () => {
  it.each<[Framing['format'], string, string]>([
    ['native', '{"model":"m"}', '{"parameters":{"incremental_output":true},"model":"m"}'],
    ['native', '{ "parameters" : {} }', '{ "parameters" : {"incremental_output":true} }'],
    ['native', '{"parameters":null}', '{"parameters":{"incremental_output":true}}'],
    [
      'native',
      '{"parameters":{ "seed":12345678901234567890, "top_p":1.0 }}',
      '{"parameters":{"incremental_output":true, "seed":12345678901234567890, "top_p":1.0 }}',
    ],
    ['native', '{"parameters":{"incremental_output": false}}', '{"parameters":{"incremental_output": true}}'],
    ['native', '{"parameters":{"incremental_output":true}}', '{"parameters":{"incremental_output":true}}'],
    [
      'native',
      '{"stream":false,"parameters":{"stream":false}}',
      '{"stream":true,"parameters":{"incremental_output":true,"stream":true}}',
    ],
    [
      'native',
      '{"input":{"stream":false}}',
      '{"parameters":{"incremental_output":true},"input":{"stream":false}}',
    ],
    ['chat', '{"model":"m"}', '{"stream":true,"stream_options":{"include_usage":true},"model":"m"}'],
    ['chat', '{"a":1.0, "stream":false}', '{"stream_options":{"include_usage":true},"a":1.0, "stream":true}'],
    [
      'chat',
      '{"stream":null,"stream_options":null}',
      '{"stream":true,"stream_options":{"include_usage":true}}',
    ],
    [
      'chat',
      '{"stream_options":{"include_usage":false,"x":[]}}',
      '{"stream":true,"stream_options":{"include_usage":true,"x":[]}}',
    ],
    ['chat', '{"stream_options":{}}', '{"stream":true,"stream_options":{"include_usage":true}}'],
    ['anthropic', '{"model":"m"}', '{"stream":true,"model":"m"}'],
    ['anthropic', '{"stream":false}', '{"stream":true}'],
  ])('%s %s', (format, body, expected) => {
    const { text } = streamed(format, body)
    expect(text).toBe(expected)
    expect(() => JSON.parse(text)).not.toThrow()
  })

  it('A native stream is requested by header, and plain events are requested everywhere.', () => {
    const native = streamed('native', '{}', { 'x-dashscope-sse': 'disable', 'x-dashscope-workspace': 'w' })
    expect(native.headers).toEqual({
      accept: 'text/event-stream',
      'accept-encoding': 'identity',
      'x-dashscope-sse': 'enable',
      'x-dashscope-workspace': 'w',
    })
    expect(streamed('chat', '{}').headers).not.toHaveProperty('x-dashscope-sse')
  })
})
