import { describe, expect, it } from 'vitest'
import type { Framing } from '../../../src/dashscope/stream/framing.ts'
import { ANTHROPIC, assembled, CHAT, chunk, events, native, START, STOP, TEXT, text } from './written.ts'

describe('streams that do not make a response', () => {
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
        { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'a' } },
        ...STOP,
      ),
    ],
    [
      'a delta that is not known',
      ANTHROPIC,
      events(
        START,
        { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } },
        { type: 'content_block_delta', index: 0, delta: { type: 'citations_delta', citation: {} } },
        ...STOP,
      ),
    ],
    [
      'half the arguments of a tool',
      ANTHROPIC,
      events(
        START,
        { type: 'content_block_start', index: 0, content_block: { type: 'tool_use', input: {} } },
        {
          type: 'content_block_delta',
          index: 0,
          delta: { type: 'input_json_delta', partial_json: '{"a":' },
        },
        ...STOP,
      ),
    ],
  ])('The stream makes no response: %s', (_, framing, stream) => {
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
      events(START, { type: 'error', error: { type: 'rate_limit_error', message: 'm' } }),
      429,
    ],
  ])('An error of DashScope makes no response: %s', (_, framing, stream, status) => {
    expect(assembled(framing, stream)).toMatchObject({
      kind: 'error',
      status,
      data: expect.stringContaining('m'),
    })
  })
})
