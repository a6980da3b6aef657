import { describe, expect, it } from 'vitest'
import { askForUsage, includesUsage, usageChunkFilter } from '../../../src/dashscope/stream/usage-chunk.ts'
import { JsonBody } from '../../../src/lib/json/body.ts'
import { bytesOf, textOf } from '../../../src/lib/json/utf8.ts'

function asked(text: string): string {
  return textOf(askForUsage(JsonBody.parse(bytesOf(text))).bytes)
}

describe('asking for the usage of a chat stream', () => {
  it.each([
    ['{"stream":true}', '{"stream_options":{"include_usage":true},"stream":true}'],
    ['{"stream_options": null }', '{"stream_options": {"include_usage":true} }'],
    ['{"stream_options":[]}', '{"stream_options":{"include_usage":true}}'],
    ['{"stream_options":{}}', '{"stream_options":{"include_usage":true}}'],
    ['{"stream_options":{"x":1}}', '{"stream_options":{"include_usage":true,"x":1}}'],
    ['{"stream_options":{"include_usage":false}}', '{"stream_options":{"include_usage":true}}'],
    ['{"stream\\u005foptions":{"include_usage": null}}', '{"stream\\u005foptions":{"include_usage": true}}'],
  ])('%s becomes %s, and every other byte stays.', (text, expected) => {
    expect(asked(text)).toBe(expected)
    expect(includesUsage(JSON.parse(expected))).toBe(true)
    expect(includesUsage(JSON.parse(text))).toBe(false)
  })
})

describe('the filter of the usage chunk', () => {
  const chunk = (text: string) =>
    `data: ${JSON.stringify({ choices: [{ delta: { content: text } }], usage: null })}\n\n`
  const usage = `data: ${JSON.stringify({ choices: [], usage: { prompt_tokens: 1, completion_tokens: 2 } })}\n\n`
  const error = 'data: {"error":{"message":"\\"choices\\":[],\\"usage\\":{}"}}\n\n'
  const done = 'data: [DONE]\n\n'

  function filtered(stream: string, size: number): string {
    const filter = usageChunkFilter()
    const bytes = bytesOf(stream)
    let text = ''
    const decoder = new TextDecoder()
    for (let at = 0; at < bytes.byteLength; at += size) {
      text += decoder.decode(filter(bytes.subarray(at, at + size)), { stream: true })
    }
    return text + decoder.decode(filter())
  }

  const streams: [string, string, string][] = [
    [
      'a stream with usage',
      `${chunk('你好')}${chunk('b')}${usage}${done}`,
      `${chunk('你好')}${chunk('b')}${done}`,
    ],
    ['comments and errors', `:keepalive\n\n${chunk('a')}${error}`, `:keepalive\n\n${chunk('a')}${error}`],
    ['a stream that was cut', `${chunk('a')}data: {"choi`, `${chunk('a')}data: {"choi`],
    ['a usage without its blank line', `${chunk('a')}${usage.trimEnd()}`, chunk('a')],
    ['nothing', '', ''],
  ]

  it.each(streams)('The filter removes only that chunk of %s, however it is cut.', (_, stream, expected) => {
    for (const size of [1, 2, 3, 7, 64, 5000]) expect(filtered(stream, size)).toBe(expected)
  })

  it.each(['\r\n', '\r'])('The filter handles lines that end in %j', (end) => {
    const stream = `${chunk('a')}${usage}${done}`.replaceAll('\n', end)
    const expected = `${chunk('a')}${done}`.replaceAll('\n', end)
    for (const size of [1, 3, 5000]) expect(filtered(stream, size)).toBe(expected)
  })
})
