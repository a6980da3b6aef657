import { describe, expect, it } from 'vitest'
import type { Framing } from '../../../src/dashscope/stream/framing.ts'
import { joinEvents } from '../../../src/dashscope/stream/join.ts'
import { splitIntoEvents } from '../../../src/dashscope/stream/split.ts'
import { lastUsage } from '../../../src/dashscope/stream/usage.ts'
import { bytesOf } from '../../../src/lib/json/utf8.ts'
import { ANTHROPIC, CHAT, TEXT } from './written.ts'

/** The response that a stream of these events makes. */
function joined(framing: Framing, ...events: (object | string)[]) {
  const data = events.map((each) => (typeof each === 'string' ? each : JSON.stringify(each)))
  const text = joinEvents(bytesOf(data.map((each) => `data: ${each}\n\n`).join('')), framing)
  return text === undefined ? undefined : JSON.parse(text)
}

const call = (fragment: object) => ({ choices: [{ index: 0, delta: { tool_calls: [fragment] } }] })
const end = { choices: [{ index: 0, delta: {}, finish_reason: 'tool_calls' }] }
const usage = { choices: [], usage: { prompt_tokens: 1, completion_tokens: 2 } }

describe('fragments of tool calls', () => {
  const calls = (...events: object[]) =>
    joined(CHAT, ...events, end, usage, '[DONE]')?.choices[0].message.tool_calls.map(
      ({ id, function: { name, arguments: text } }: { id: string; function: Record<string, string> }) => [
        id,
        name,
        text,
      ],
    )

  it.each([
    ['the same index', { index: 0 }, { index: 0 }],
    ['no index', {}, {}],
  ])('Fragments with different ids and %s are two calls.', (_, first, second) => {
    expect(
      calls(
        call({ ...first, id: 'call_a', function: { name: 'f', arguments: '{"city":"A"}' } }),
        call({ ...second, id: 'call_b', function: { name: 'f', arguments: '{"city":' } }),
        call({ ...second, id: '', function: { arguments: '"B"}' } }),
      ),
    ).toEqual([
      ['call_a', 'f', '{"city":"A"}'],
      ['call_b', 'f', '{"city":"B"}'],
    ])
  })

  it('Fragments that repeat the id continue the same call.', () => {
    expect(
      calls(
        call({ index: 0, id: 'a', function: { name: 'f', arguments: '{' } }),
        call({ index: 0, id: 'a', function: { arguments: '}' } }),
      ),
    ).toEqual([['a', 'f', '{}']])
  })

  it('Fragments may hold the name of the function in pieces, or repeat it whole.', () => {
    const pieces = [call({ index: 0, id: 'a', function: { name: 'get_', arguments: '' } })]
    pieces.push(call({ index: 0, function: { name: 'weather', arguments: '{}' } }))
    expect(calls(...pieces)).toEqual([['a', 'get_weather', '{}']])
    const repeated = call({ index: 0, id: 'a', function: { name: 'weather', arguments: '' } })
    expect(calls(repeated, repeated)).toEqual([['a', 'weather', '']])
  })
})

describe('events that add nothing', () => {
  const text = { choices: [{ index: 0, delta: { content: 'hi' } }] }
  const stop = { choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] }

  it.each<[string, (object | string)[]]>([
    ['empty data', [text, '', stop, usage, '[DONE]']],
    ['a keepalive', [{ type: 'keepalive' }, text, stop, { type: 'keepalive' }, usage, '[DONE]']],
    ['no [DONE] after the usage', [text, stop, usage]],
  ])('do not spoil a chat stream: %s', (_, events) => {
    expect(joined(CHAT, ...events)?.choices[0].message.content).toBe('hi')
  })

  it('Events that add nothing do not spoil a native or an Anthropic stream.', () => {
    const native = {
      output: { text: 'hi', finish_reason: 'stop' },
      usage: { input_tokens: 1, output_tokens: 1 },
    }
    expect(joined(TEXT, { type: 'keepalive' }, native, '')?.output.text).toBe('hi')
    const message = { id: 'm', role: 'assistant', content: [], usage: { input_tokens: 25 } }
    expect(
      joined(
        ANTHROPIC,
        { type: 'message_start', message },
        { type: 'keepalive' },
        {
          type: 'message_delta',
          delta: { stop_reason: 'end_turn' },
          usage: { cache_read_input_tokens: 2048, output_tokens: 3 },
        },
        { type: 'message_stop' },
      ),
    ).toMatchObject({ usage: { input_tokens: 25, cache_read_input_tokens: 2048, output_tokens: 3 } })
  })

  it.each<[string, (object | string)[]]>([
    ['without its last chunk', [text, '[DONE]']],
    ['without usage and [DONE]', [text, stop]],
    ['with an error', [text, { error: { message: 'x' } }, stop, usage, '[DONE]']],
    ['with data that is not JSON', [text, '{"choi', stop, usage, '[DONE]']],
  ])('Events that add nothing differ from a stream %s', (_, events) => {
    expect(joined(CHAT, ...events)).toBeUndefined()
  })
})

describe('the usage of a native stream with two choices', () => {
  const framing: Framing = { ...TEXT, choices: 2 }
  const frame = (index: number, output: number, reason = 'null') => ({
    output: { choices: [{ index, finish_reason: reason, message: { role: 'assistant', content: 'x' } }] },
    usage: { input_tokens: 5, output_tokens: output, total_tokens: 5 + output },
  })

  it('The usage adds up the output of both choices and counts the input once.', () => {
    const whole = joined(framing, frame(0, 1), frame(1, 1), frame(0, 400, 'stop'), frame(1, 7, 'stop'))
    expect(whole.usage).toEqual({ input_tokens: 5, output_tokens: 407, total_tokens: 412 })
  })

  it('The usage is the same after the response was cached and served as a stream.', () => {
    const whole = joined(framing, frame(0, 400, 'stop'), frame(1, 7, 'stop'))
    const stream = splitIntoEvents(JSON.stringify(whole), framing) ?? ''
    expect(lastUsage({ tail: bytesOf(stream), choices: 2 }, ['usage'])).toMatchObject({
      input: 5,
      output: 407,
    })
  })
})
