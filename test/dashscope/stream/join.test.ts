import { describe, expect, it } from 'vitest'
import { frameReader, readFrames } from '../../../src/dashscope/stream/frames.ts'
import type { Framing } from '../../../src/dashscope/stream/framing.ts'
import { joinEvents } from '../../../src/dashscope/stream/join.ts'
import { splitIntoEvents } from '../../../src/dashscope/stream/split.ts'
import { ANTHROPIC, assembled, CHAT, chunk, events, native, START, STOP, TEXT, text } from './written.ts'

it.each([
  ['one LF', -1],
  ['no LF', -2],
])('The end of a stream ends its last event, after %s', (_, end) => {
  const stream = native(text('a'), text('b', 'stop')).slice(0, end)
  expect(assembled(TEXT, stream)).toMatchObject({ kind: 'whole', text: expect.stringContaining('"ab"') })
})

describe('what a response is joined from', () => {
  it('Fragments of two tool calls share a frame, and later ones have empty ids and names.', () => {
    const call = (index: number, piece: string, named = {}) => ({
      index,
      id: '',
      type: 'function',
      ...named,
      function: { ...('id' in named ? { name: `f${index}` } : {}), arguments: piece },
    })
    const frame = (calls: object[], reason = 'null') => ({
      output: {
        choices: [{ message: { role: 'assistant', content: '', tool_calls: calls }, finish_reason: reason }],
      },
      usage: {},
      request_id: 'r',
    })
    const stream = native(
      frame([call(0, '{"a"', { id: 'c0' })]),
      frame([call(0, ':1}'), call(1, '{', { id: 'c1' })]),
      frame([call(0, ''), call(1, '}')], 'tool_calls'),
    )
    expect(responseOf(TEXT, stream).output.choices).toEqual([
      {
        finish_reason: 'tool_calls',
        message: {
          role: 'assistant',
          content: '',
          tool_calls: [
            { index: 0, id: 'c0', type: 'function', function: { name: 'f0', arguments: '{"a":1}' } },
            { index: 1, id: 'c1', type: 'function', function: { name: 'f1', arguments: '{}' } },
          ],
        },
      },
    ])
  })

  it('Search results that come once, a tool that is repeated and the last usage are joined.', () => {
    const frame = (output: object, usage: object) => ({
      output: { ...(text('a') as { output: object }).output, ...output },
      usage,
      request_id: 'r',
    })
    const stream = native(
      frame({ search_info: { search_results: [{ index: 1 }] } }, {}),
      frame({ search_info: { search_results: [] }, tool_info: [{ code: '1' }] }, { output_tokens: 1 }),
      frame(
        { search_info: { search_results: [] }, tool_info: [{ code: '1' }], finish_reason: 'stop' },
        { output_tokens: 2 },
      ),
    )
    expect(responseOf(TEXT, stream)).toEqual({
      output: {
        text: 'aaa',
        finish_reason: 'stop',
        search_info: { search_results: [{ index: 1 }] },
        tool_info: [{ code: '1' }],
      },
      usage: { output_tokens: 2 },
      request_id: 'r',
    })
  })

  it('Audio in pieces, log probabilities and a chunk of usage alone are joined.', () => {
    const stream = [
      `data: ${JSON.stringify({ id: 'c', model: 'm', choices: [{ index: 0, delta: { role: 'assistant', content: 'a' }, logprobs: { content: [{ token: 'a' }] }, finish_reason: null }] })}\n\n`,
      chunk({ audio: { data: 'QUJD', transcript: 'he' } }),
      chunk({ audio: { data: 'REVG', transcript: 'y' } }),
      chunk({ content: '' }, 'stop'),
      'data: {"id":"c","choices":[],"usage":{"prompt_tokens":1,"completion_tokens":2}}\n\n',
      'data: [DONE]\n\n',
    ].join('')
    expect(responseOf(CHAT, stream)).toEqual({
      id: 'c',
      model: 'm',
      object: 'chat.completion',
      choices: [
        {
          index: 0,
          message: { role: 'assistant', content: 'a', audio: { data: 'QUJDREVG', transcript: 'hey' } },
          logprobs: { content: [{ token: 'a' }] },
          finish_reason: 'stop',
        },
      ],
      usage: { prompt_tokens: 1, completion_tokens: 2 },
    })
  })

  it('Numbers keep their spelling, even in the arguments of an Anthropic tool.', () => {
    const stream = events(
      START,
      {
        type: 'content_block_start',
        index: 0,
        content_block: { type: 'tool_use', id: 't', name: 'f', input: {} },
      },
      {
        type: 'content_block_delta',
        index: 0,
        delta: { type: 'input_json_delta', partial_json: '{"id":12345678901234567890,"x":1.0}' },
      },
      ...STOP,
    )
    const result = assembled(ANTHROPIC, stream)
    const response = result.kind === 'whole' ? result.text : ''
    expect(response).toContain('"input":{"id":12345678901234567890,"x":1.0}')
    expect(splitIntoEvents(response, ANTHROPIC)).toContain('{\\"id\\":12345678901234567890,\\"x\\":1.0}')
  })

  it('The result is the same however the bytes are split.', () => {
    const bytes = new TextEncoder().encode(native(text('你😀'), text('', 'stop')).replaceAll('\n', '\r\n'))
    const whole = readFrames(bytes)
    const next = frameReader()
    expect(Array.from(bytes, (_, at) => next(bytes.subarray(at, at + 1))).flat()).toEqual(whole)
    expect(joinEvents(bytes, TEXT)).toContain('你😀')
  })
})

function responseOf(framing: Framing, stream: string) {
  const result = assembled(framing, stream)
  return result.kind === 'whole' ? JSON.parse(result.text) : result
}
