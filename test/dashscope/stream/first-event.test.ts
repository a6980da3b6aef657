import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import {
  errorFrame,
  FIRST_EVENT_LOOK_BYTES,
  lookAtFirstEvent,
  unframeError,
} from '../../../src/dashscope/stream/first-event.ts'
import { GatewayError } from '../../../src/errors.ts'

const bytes = (text: string) => new TextEncoder().encode(text)
const look = (text: string) => lookAtFirstEvent(bytes(text))

const RECORDED_ERROR = readFileSync('test/recordings/parameter-error-sse.response.body.txt', 'utf8')
const ERROR_DATA = /^data:(.*)$/m.exec(RECORDED_ERROR)?.[1] ?? ''
const RECORDED_RESPONSE = readFileSync('test/recordings/single-generation-text-sse.response.body.txt', 'utf8')

const FRAMES: [string, string, ReturnType<typeof look>][] = [
  ['a recorded error', RECORDED_ERROR, { kind: 'error', status: 400, data: ERROR_DATA }],
  ['a recorded answer', RECORDED_RESPONSE, { kind: 'response' }],
  [
    'an error with its status only in the code',
    'id:1\nevent:error\ndata:{"code":"Throttling.RateQuota","message":"slow"}\n\n',
    { kind: 'error', status: 429, data: '{"code":"Throttling.RateQuota","message":"slow"}' },
  ],
  [
    'an error whose status goes before its code',
    'event:error\n:HTTP_STATUS/503\ndata:{"code":"Throttling","message":"m"}\n\n',
    { kind: 'error', status: 503, data: '{"code":"Throttling","message":"m"}' },
  ],
  [
    'an error that says 200',
    'event:error\n:HTTP_STATUS/200\ndata:{"code":"InvalidApiKey","message":"m"}\n\n',
    { kind: 'error', status: 401, data: '{"code":"InvalidApiKey","message":"m"}' },
  ],
  [
    'an error with an invalid status',
    'event:error\n:HTTP_STATUS/many\ndata:{"code":"Conflict"}\n\n',
    { kind: 'error', status: 409, data: '{"code":"Conflict"}' },
  ],
  [
    'an error with an unknown code',
    'event: error\ndata: {"code":"What","message":"你好"}\n\n',
    { kind: 'error', status: 400, data: '{"code":"What","message":"你好"}' },
  ],
  [
    'an error without its event',
    'id:1\ndata:{"code":"Throttling","message":"m","request_id":"r"}\n\n',
    { kind: 'error', status: 429, data: '{"code":"Throttling","message":"m","request_id":"r"}' },
  ],
  [
    'an error behind comments',
    ': hello\n\n:\n\nid:1\nevent:error\n:HTTP_STATUS/429\ndata:{"code":"Throttling"}\n\n',
    { kind: 'error', status: 429, data: '{"code":"Throttling"}' },
  ],
  [
    'a compatible error',
    'data: {"error":{"message":"m","type":"x","param":null,"code":"invalid_api_key"},"request_id":"r"}\n\n',
    {
      kind: 'error',
      status: 401,
      data: '{"error":{"message":"m","type":"x","param":null,"code":"invalid_api_key"},"request_id":"r"}',
    },
  ],
  [
    'a compatible error that has only a type',
    'data: {"request_id":"r","error":{"message":"m","type":"insufficient_quota"}}\n\n',
    {
      kind: 'error',
      status: 429,
      data: '{"request_id":"r","error":{"message":"m","type":"insufficient_quota"}}',
    },
  ],
  [
    'an Anthropic error',
    'event: error\ndata: {"type":"error","error":{"type":"overloaded_error","message":"m"}}\n\n',
    {
      kind: 'error',
      status: 529,
      data: '{"type":"error","error":{"type":"overloaded_error","message":"m"}}',
    },
  ],
  [
    'an error over two data lines',
    'event:error\ndata:{"code":"Throttling",\ndata:"message":"m"}\n\n',
    { kind: 'error', status: 429, data: '{"code":"Throttling",\n"message":"m"}' },
  ],
  ['a native answer', 'id:1\nevent:result\n:HTTP_STATUS/200\ndata:{"output":{}}\n\n', { kind: 'response' }],
  ['a native answer that has a code', 'data:{"code":"","output":{},"message":""}\n\n', { kind: 'response' }],
  ['a compatible answer', 'data: {"choices":[],"id":"x"}\n\n', { kind: 'response' }],
  ['a compatible answer with an empty error', 'data: {"error":null,"choices":[]}\n\n', { kind: 'response' }],
  ['an Anthropic answer', 'event: message_start\ndata: {"type":"message_start"}\n\n', { kind: 'response' }],
  [
    'a Responses answer',
    'event:response.created\ndata:{"type":"response.created"}\n\n',
    { kind: 'response' },
  ],
  ['only the end', 'data: [DONE]\n\n', { kind: 'response' }],
  ['data that is not JSON', 'data:hello\n\n', { kind: 'response' }],
  ['data that is an array', 'data:["error"]\n\n', { kind: 'response' }],
  ['data that is null', 'data:null\n\n', { kind: 'response' }],
]

describe.each([
  ['LF', '\n'],
  ['CRLF', '\r\n'],
  ['CR', '\r'],
])('lookAtFirstEvent with lines that end in %s', (_, lineEnd) => {
  it.each(FRAMES)('The first event is classified for %s', (_name, frame, first) => {
    expect(look(frame.replaceAll('\n', lineEnd))).toEqual(first)
  })

  it.each(FRAMES)(
    'For %s, byte by byte, the result is undecided until it is certain.',
    (_name, frame, first) => {
      const whole = bytes(frame.replaceAll('\n', lineEnd).slice(0, 1500))
      let cut = 0
      while (lookAtFirstEvent(whole.subarray(0, cut)).kind === 'incomplete' && cut < whole.byteLength) cut++
      expect(lookAtFirstEvent(whole.subarray(0, cut)), `cut at ${cut}`).toEqual(first)
    },
  )
})

describe('lookAtFirstEvent', () => {
  it.each([
    '',
    '\n',
    '\n\n\n',
    ':',
    ': keep-alive\n\n',
    'id:1\n',
    'event:error\n',
    'event:err',
    'data:{"code"',
    'data: {"',
    'data: {"choices',
    'retry:1\n\n',
  ])('%j is not enough to decide.', (text) => expect(look(text)).toEqual({ kind: 'incomplete' }))

  it.each(['event:result\n', 'data: {"choices":[', 'data:{"output":{"text":"你'])(
    '%j is known as a response before its frame ends, so the caller need not wait.',
    (text) => expect(look(text)).toEqual({ kind: 'response' }),
  )

  it('A first frame that is longer than any error counts as a response.', () => {
    expect(look(`data:{"message":"${'x'.repeat(FIRST_EVENT_LOOK_BYTES)}`)).toEqual({ kind: 'response' })
  })

  it('The error in a first frame of almost that length is still found.', () => {
    const data = `{"code":"Throttling","message":"${'x'.repeat(FIRST_EVENT_LOOK_BYTES - 100)}"}`
    expect(look(`event:error\ndata:${data}\n\n`)).toEqual({ kind: 'error', status: 429, data })
  })

  it('Only the first event is examined.', () => {
    expect(look('data:{"output":{}}\n\nevent:error\ndata:{"code":"Throttling"}\n\n')).toEqual({
      kind: 'response',
    })
    expect(look('event:error\ndata:{"code":"Throttling"}\n\ndata:{"output":{}}\n\n')).toMatchObject({
      status: 429,
    })
  })
})

describe('unframeError', () => {
  it.each([
    [RECORDED_ERROR, ERROR_DATA],
    ['event:error\r\ndata: {"code":"C"}\r\n\r\n', '{"code":"C"}'],
    ['data:{"error":{"message":"m"}}', '{"error":{"message":"m"}}'],
    [':HTTP_STATUS/429\ndata:{"code":"C"}\n\n', '{"code":"C"}'],
    ['{"code":"C"}', undefined],
    ['<html>data:{"code":"C"}</html>', undefined],
    ['event:error\n\n', undefined],
    ['data:', undefined],
    ['data:hello', undefined],
    ['data:null', undefined],
    ['data:{"code":', undefined],
    ['', undefined],
  ])('The data of %j is unframed.', (text, data) => expect(unframeError(text)).toBe(data))
})

describe('errorFrame', () => {
  const error = new GatewayError('upstream', 'It broke:\n"half" 你.')
  it.each([
    [
      'native',
      '\n\nid:1\nevent:error\n:HTTP_STATUS/502\ndata:{"code":"InternalError.Upstream","message":"It broke:\\n\\"half\\" 你.","request_id":"r"}\n\n',
    ],
    [
      'compatible',
      '\n\ndata: {"error":{"message":"It broke:\\n\\"half\\" 你.","type":"upstream_error","param":null,"code":"upstream_error"},"request_id":"r"}\n\n',
    ],
    [
      'anthropic',
      '\n\nevent: error\ndata: {"type":"error","error":{"type":"api_error","message":"It broke:\\n\\"half\\" 你."},"request_id":"r"}\n\n',
    ],
  ] as const)('An error is framed for the dialect %s', (dialect, frame) => {
    expect(new TextDecoder().decode(errorFrame(error, dialect, 'r'))).toBe(frame)
  })

  it.each(['native', 'compatible', 'anthropic'] as const)(
    'The frame of the dialect %s is an error for the reader of first events.',
    (dialect) => {
      expect(lookAtFirstEvent(errorFrame(error, dialect, 'r'))).toMatchObject({ kind: 'error' })
    },
  )
})
