import { describe, expect, it } from 'vitest'
import { failureIn } from '../../src/dashscope/failure.ts'
import { bytesOf } from '../../src/lib/json/utf8.ts'
import { refusesForStream, teachesAboutStreams } from '../../src/upstream/stream-refusal.ts'

const THINKING = 'parameter.enable_thinking must be set to false for non-streaming calls'

describe('a refusal of everything but a stream', () => {
  it.each([
    THINKING,
    'parameter.enable_thinking only support stream call',
    'This model only support stream mode, please enable the stream parameter to access the model.',
    '<400> InternalError.Algo.InvalidParameter: This model only support stream mode, please enable the stream parameter to access the model. For details, see: https://help.aliyun.com/x',
    'current user api does not support http call.',
    'Current user API does not support HTTP call',
    'This model does not support non-streaming output',
    'This model does not support non-streaming output.',
    'the model does not support sync call',
    'Non-streaming mode does not support Web Search',
    'This model only supports streaming output.',
    'qwq-plus only supports streaming calls',
    'Only streaming output is supported',
    'Non-stream calls are not supported by this model.',
    'This model must be called with stream=true',
  ])('The message demands a stream: %s', (message) =>
    expect(refusesForStream({ status: 400, message })).toBe(true),
  )

  it.each([
    'Temperature should be in [0.0, 2.0)',
    "'only support stream call' is not one of ['text', 'json_object'] - 'response_format.type'",
    'Invalid type: only support stream call',
    'response_format.type: only support stream call',
    'Unexpected value only support stream call',
    'This model does not support http_url images',
    'The stream parameter must be a boolean',
    'This model does not support streaming output',
    'Streaming is not supported',
    `${'a '.repeat(200)}only support stream call`,
    '',
  ])('The message does not demand a stream: %j', (message) =>
    expect(refusesForStream({ status: 400, message })).toBe(false),
  )

  it('A refusal has the status 400.', () => {
    expect(refusesForStream({ status: 403, message: THINKING })).toBe(false)
    expect(refusesForStream({ status: 200, message: THINKING })).toBe(false)
  })

  it.each([
    { code: 'InvalidParameter', message: THINKING, request_id: 'r' },
    { error: { code: 'invalid_parameter_error', message: THINKING, param: null } },
    { type: 'error', error: { type: 'invalid_request_error', message: THINKING } },
  ])('The refusal is found in each dialect: %j', (body) => {
    expect(refusesForStream(failureIn(400, [], bytesOf(JSON.stringify(body)), 0))).toBe(true)
  })

  it('The refusal is not searched for in a message that is not a string.', () => {
    const body = bytesOf('{"code":"InvalidParameter","message":["only support stream call"]}')
    expect(refusesForStream(failureIn(400, [], body, 0))).toBe(false)
  })
})

describe('what a refused request teaches', () => {
  it.each([
    '{"model":"m","messages":[{"role":"user","content":"hi"}]}',
    '{"model":"m","stream":false,"stream_options":null}',
    '{"model":"m","messages":[{"content":"see https://example.com"}]}',
  ])('The refusal of %s holds for its kind of request.', (body) =>
    expect(teachesAboutStreams(bytesOf(body))).toBe(true),
  )

  it.each([
    '{"response_format":{"type":"only support stream call"}}',
    '{"messages":[{"content":"This model only support stream mode"}]}',
    '{"messages":[{"content":"\\u0073tream only"}]}',
    '{"only support stream call":1}',
    '{"tools":[["current user api does not support HTTP call"]]}',
  ])('The refusal of %s holds for that request alone.', (body) =>
    expect(teachesAboutStreams(bytesOf(body))).toBe(false),
  )
})
