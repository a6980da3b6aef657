import { describe, expect, it } from 'vitest'
import { assemble, startAssembly } from '../../../src/dashscope/stream/assemble.ts'
import { dismantle } from '../../../src/dashscope/stream/dismantle.ts'
import { frameReader, readFrames } from '../../../src/dashscope/stream/frames.ts'
import type { Framing } from '../../../src/dashscope/stream/framing.ts'

const TEXT: Framing = { family: 'text', incremental: true, includeUsage: true, choices: 1 }
const CHAT: Framing = { ...TEXT, family: 'chat' }
const ANTHROPIC: Framing = { ...TEXT, family: 'anthropic' }

function assembled(framing: Framing, stream: string) {
  const assembly = startAssembly(framing)
  for (const frame of readFrames(new TextEncoder().encode(stream))) assembly.add(frame)
  return assembly.result()
}

function native(...bodies: object[]): string {
  return bodies
    .map((body) => `id:1\nevent:result\n:HTTP_STATUS/200\ndata:${JSON.stringify(body)}\n\n`)
    .join('')
}

function text(piece: string, reason = 'null'): object {
  return {
    output: { text: piece, finish_reason: reason },
    usage: { input_tokens: 1, output_tokens: 1 },
    request_id: 'r',
  }
}

function chunk(delta: object, reason: string | null = null, index = 0): string {
  return `data: ${JSON.stringify({ id: 'c', choices: [{ index, delta, finish_reason: reason }], usage: null })}\n\n`
}

function events(...bodies: { type: string }[]): string {
  return bodies.map((body) => `event: ${body.type}\ndata: ${JSON.stringify(body)}\n\n`).join('')
}

const START = {
  type: 'message_start',
  message: {
    id: 'm',
    type: 'message',
    content: [],
    stop_reason: null,
    usage: { input_tokens: 5, output_tokens: 0 },
  },
}
const STOP = [
  { type: 'message_delta', delta: { stop_reason: 'end_turn' }, usage: { output_tokens: 2 } },
  { type: 'message_stop' },
]

it.each([
  ['one LF', -1],
  ['no LF', -2],
])('the end of a stream ends its last event: %s', (_, end) => {
  const stream = native(text('a'), text('b', 'stop')).slice(0, end)
  expect(assembled(TEXT, stream)).toMatchObject({ kind: 'whole', text: expect.stringContaining('"ab"') })
})

describe('what is no answer', () => {
  it.each<[string, Framing, string]>([
    ['nothing', TEXT, ''],
    ['no end', TEXT, native(text('a'))],
    ['an end that is cut in its data', TEXT, native(text('a'), text('', 'stop')).slice(0, -3)],
    ['an empty finish_reason', TEXT, native(text('a', ''))],
    ['a whole JSON body without a frame', TEXT, JSON.stringify(text('a', 'stop'))],
    ['nonsense in a frame', TEXT, `${native(text('a'))}data:{oops\n\n${native(text('', 'stop'))}`],
    ['a frame of another dialect', TEXT, chunk({ content: 'a' }, 'stop')],
    ['a list', TEXT, 'data:[1]\n\n'],
    [
      'fewer choices than asked for',
      { ...TEXT, choices: 2 },
      native({ output: { choices: [{ index: 0, message: { content: 'a' }, finish_reason: 'stop' }] } }),
    ],
    ['no [DONE]', CHAT, chunk({ content: 'a' }, 'stop')],
    ['[DONE] before the end', CHAT, `${chunk({ content: 'a' })}data: [DONE]\n\n`],
    [
      'one of two choices without an end',
      CHAT,
      `${chunk({ content: 'a' }, 'stop')}${chunk({ content: 'b' }, null, 1)}data: [DONE]\n\n`,
    ],
    ['no message_stop', ANTHROPIC, events(START, STOP[0] as { type: string })],
    ['no stop_reason', ANTHROPIC, events(START, { type: 'message_stop' })],
    [
      'a delta for a block that never began',
      ANTHROPIC,
      events(
        START,
        { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'a' } } as {
          type: string
        },
        ...STOP,
      ),
    ],
    [
      'a delta that is not known',
      ANTHROPIC,
      events(
        START,
        { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } } as {
          type: string
        },
        { type: 'content_block_delta', index: 0, delta: { type: 'citations_delta', citation: {} } } as {
          type: string
        },
        ...STOP,
      ),
    ],
    [
      'half the arguments of a tool',
      ANTHROPIC,
      events(
        START,
        { type: 'content_block_start', index: 0, content_block: { type: 'tool_use', input: {} } } as {
          type: string
        },
        {
          type: 'content_block_delta',
          index: 0,
          delta: { type: 'input_json_delta', partial_json: '{"a":' },
        } as { type: string },
        ...STOP,
      ),
    ],
  ])('%s', (_, framing, stream) => {
    expect(assembled(framing, stream)).toEqual({ kind: 'broken' })
  })

  it.each<[string, Framing, string, number]>([
    [
      'native, in mid-stream',
      TEXT,
      `${native(text('a'))}id:2\nevent:error\n:HTTP_STATUS/429\ndata:{"code":"Throttling","message":"m","request_id":"r"}\n\n`,
      429,
    ],
    [
      'native, behind the end',
      TEXT,
      `${native(text('a'), text('', 'stop'))}id:2\nevent:error\n:HTTP_STATUS/500\ndata:{"code":"InternalError","message":"m"}\n\n`,
      500,
    ],
    [
      'compatible',
      CHAT,
      `${chunk({ content: 'a' })}data: {"error":{"code":"insufficient_quota","message":"m"}}\n\ndata: [DONE]\n\n`,
      429,
    ],
    [
      'Anthropic',
      ANTHROPIC,
      events(START, { type: 'error', error: { type: 'rate_limit_error', message: 'm' } } as { type: string }),
      429,
    ],
  ])('an error of DashScope: %s', (_, framing, stream, status) => {
    expect(assembled(framing, stream)).toMatchObject({
      kind: 'error',
      status,
      data: expect.stringContaining('m'),
    })
  })
})

describe('what an answer is made of', () => {
  const answerOf = (framing: Framing, stream: string) => {
    const result = assembled(framing, stream)
    return result.kind === 'whole' ? JSON.parse(result.text) : result
  }

  it('fragments of two tool calls in one frame, with empty ids and names behind the first', () => {
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
    expect(answerOf(TEXT, stream).output.choices).toEqual([
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

  it('search results that come once, a tool that is repeated, the last usage', () => {
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
    expect(answerOf(TEXT, stream)).toEqual({
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

  it('audio in pieces, logprobs, and a chunk of usage alone', () => {
    const stream = [
      `data: ${JSON.stringify({ id: 'c', model: 'm', choices: [{ index: 0, delta: { role: 'assistant', content: 'a' }, logprobs: { content: [{ token: 'a' }] }, finish_reason: null }] })}\n\n`,
      chunk({ audio: { data: 'QUJD', transcript: 'he' } }),
      chunk({ audio: { data: 'REVG', transcript: 'y' } }),
      chunk({ content: '' }, 'stop'),
      'data: {"id":"c","choices":[],"usage":{"prompt_tokens":1,"completion_tokens":2}}\n\n',
      'data: [DONE]\n\n',
    ].join('')
    expect(answerOf(CHAT, stream)).toEqual({
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

  it('numbers as they were written, also in the arguments of an Anthropic tool', () => {
    const stream = events(
      START,
      {
        type: 'content_block_start',
        index: 0,
        content_block: { type: 'tool_use', id: 't', name: 'f', input: {} },
      } as { type: string },
      {
        type: 'content_block_delta',
        index: 0,
        delta: { type: 'input_json_delta', partial_json: '{"id":12345678901234567890,"x":1.0}' },
      } as { type: string },
      ...STOP,
    )
    const result = assembled(ANTHROPIC, stream)
    const answer = result.kind === 'whole' ? result.text : ''
    expect(answer).toContain('"input":{"id":12345678901234567890,"x":1.0}')
    expect(dismantle(answer, ANTHROPIC)).toContain('{\\"id\\":12345678901234567890,\\"x\\":1.0}')
  })

  it('the same, in whatever pieces the bytes come', () => {
    const bytes = new TextEncoder().encode(native(text('你😀'), text('', 'stop')).replaceAll('\n', '\r\n'))
    const whole = readFrames(bytes)
    const next = frameReader()
    expect(Array.from(bytes, (_, at) => next(bytes.subarray(at, at + 1))).flat()).toEqual(whole)
    expect(assemble(bytes, TEXT)).toContain('你😀')
  })
})

describe('what no stream is made of', () => {
  it.each<[string, Framing, string]>([
    ['an encrypted output', TEXT, '{"output":"cipher","usage":{},"request_id":"r"}'],
    [
      'an image',
      { ...TEXT, family: 'multimodal' },
      '{"output":{"choices":[{"message":{"content":[{"image":"https://x"}]},"finish_reason":"stop"}]}}',
    ],
    [
      'a recognised table',
      { ...TEXT, family: 'multimodal' },
      '{"output":{"choices":[{"message":{"content":[{"ocr_result":{}},{"text":"a"}]},"finish_reason":"stop"}]}}',
    ],
    ['no choices', TEXT, '{"output":{"choices":[]}}'],
    [
      'a call without arguments',
      TEXT,
      '{"output":{"choices":[{"message":{"content":"","tool_calls":[{"id":"x"}]},"finish_reason":"stop"}]}}',
    ],
    [
      'a completion without the usage that is asked for',
      CHAT,
      '{"choices":[{"message":{"content":"a"},"finish_reason":"stop"}]}',
    ],
    ['a message without usage', ANTHROPIC, '{"content":[]}'],
    ['nonsense', CHAT, 'oops'],
  ])('%s', (_, framing, answer) => expect(dismantle(answer, framing)).toBeUndefined())
})
