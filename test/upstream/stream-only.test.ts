import { describe, expect, it } from 'vitest'
import { findEndpoint } from '../../src/dashscope/endpoints.ts'
import { bytesOf } from '../../src/lib/json/utf8.ts'
import {
  aggregationOf,
  onlyStreams,
  refusesForStream,
  rememberOnlyStreams,
} from '../../src/upstream/stream-only.ts'
import { CHAT, MESSAGES, TEXT } from '../harness/caller.ts'

function answer(status: number, body: unknown) {
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  return { kind: 'whole' as const, status, headers: [], body: bytesOf(text) }
}

const THINKING = 'parameter.enable_thinking must be set to false for non-streaming calls'

describe('refusesForStream', () => {
  it.each([
    { code: 'InvalidParameter', message: THINKING, request_id: 'r' },
    { error: { code: 'invalid_parameter_error', message: THINKING, param: null } },
    { type: 'error', error: { type: 'invalid_request_error', message: THINKING } },
    { code: 'InvalidParameter', message: 'parameter.enable_thinking only support stream call' },
    {
      code: 'InvalidParameter',
      message:
        '<400> InternalError.Algo.InvalidParameter: This model only support stream mode, please enable the stream parameter to access the model. For details, see: https://help.aliyun.com/x',
    },
  ])('%j', (body) => expect(refusesForStream(answer(400, body))).toBe(true))

  it.each([
    [400, { code: 'InvalidParameter', message: 'Temperature should be in [0.0, 2.0)' }],
    [400, { code: 'InvalidParameter', message: ['only support stream call'] }],
    [400, { output: { text: THINKING } }],
    [400, THINKING],
    [400, 'null'],
    [403, { code: 'InvalidParameter', message: THINKING }],
    [200, { message: THINKING }],
  ])('not %s %j', (status, body) => expect(refusesForStream(answer(status, body))).toBe(false))

  it('not a stream', () => {
    expect(refusesForStream({ kind: 'open', status: 400, headers: [], body: null })).toBe(false)
  })
})

describe('aggregationOf tells apart what decides', () => {
  const kind = (path: string, model: string, body: object) => {
    const found = findEndpoint('POST', path)
    return found.kind === 'endpoint' ? aggregationOf(found.endpoint, model, body)?.kind : undefined
  }
  it('endpoint, model and thinking', () => {
    const kinds = [
      kind(TEXT, 'm', {}),
      kind(TEXT, 'n', {}),
      kind(CHAT, 'm', {}),
      kind(CHAT, 'm', { enable_thinking: true }),
      kind(CHAT, 'm', { enable_thinking: false }),
      kind(TEXT, 'm', { parameters: { enable_thinking: true } }),
      kind(MESSAGES, 'm', { thinking: { type: 'enabled' } }),
      kind(MESSAGES, 'm', {}),
      kind(TEXT, 'm', { parameters: { enable_code_interpreter: true } }),
      kind(CHAT, 'm', { search_options: { search_strategy: 'agent' } }),
      kind(CHAT, 'm', { modalities: ['text', 'audio'] }),
    ]
    expect(new Set(kinds).size).toBe(kinds.length)
    expect(kind(TEXT, 'm', { enable_thinking: true, parameters: {} })).toBe(kind(TEXT, 'm', {}))
  })

  it('nothing for research, which no single answer can tell', () => {
    expect(kind(TEXT, 'qwen-deep-research', {})).toBeUndefined()
  })

  it('nothing for vectors and conversations that are kept', () => {
    expect(kind('/compatible-mode/v1/embeddings', 'm', {})).toBeUndefined()
    expect(kind('/compatible-mode/v1/responses', 'm', {})).toBeUndefined()
  })
})

it('what is remembered has a bound, and the oldest goes first', () => {
  for (let count = 0; count <= 1000; count++) rememberOnlyStreams(`kind ${count}`)
  expect(onlyStreams('kind 0')).toBe(false)
  expect(onlyStreams('kind 1')).toBe(true)
  expect(onlyStreams('kind 1000')).toBe(true)
})
