import { describe, expect, it } from 'vitest'
import { applyFrozen } from '../../src/policy/frozen.ts'
import type { Frozen } from '../../src/policy/key-record.ts'
import { endpointOf, type Path } from '../auth/endpoint.ts'
import { freeze, refusal, source } from '../auth/freeze.ts'

const BYTE_ORDER_MARK = '\ufeff'

describe('a frozen model', () => {
  const frozen = { model: 'qwen-plus' }

  it.each<[Path, string, string]>([
    ['text', '{"input":{"prompt":"x"}}', '{"model":"qwen-plus","input":{"prompt":"x"}}'],
    ['chat', ' {\n  "messages": [] }\n', ' {"model":"qwen-plus",\n  "messages": [] }\n'],
    ['chat', '{}', '{"model":"qwen-plus"}'],
    ['chat', '{ \t}', '{"model":"qwen-plus" \t}'],
    ['chat', '{"model":"qwen-plus"}', '{"model":"qwen-plus"}'],
    [
      'chat',
      '{"mod\\u0065l":"qwen\\u002dplus","seed":9007199254740993}',
      '{"mod\\u0065l":"qwen\\u002dplus","seed":9007199254740993}',
    ],
    [
      'chat',
      '{"seed":9007199254740993, "x": 1.0}',
      '{"model":"qwen-plus","seed":9007199254740993, "x": 1.0}',
    ],
    ['responses', '{"input":{"model":"other"}}', '{"model":"qwen-plus","input":{"model":"other"}}'],
  ])('%s: the body %j becomes %j', (path, text, expected) => {
    const result = freeze(frozen, path, text)()
    expect(result.text).toBe(expected)
    expect(new TextDecoder().decode(result.bytes)).toBe(expected)
    expect(result.value).toEqual(JSON.parse(expected))
  })

  it.each<[Path, string]>([
    ['chat', '{"model":"qwen-max"}'],
    ['chat', '{"model":"Qwen-plus"}'],
    ['chat', '{"model":"qwen-plus "}'],
    ['chat', '{"model":null}'],
    ['chat', '{"model":["qwen-plus"]}'],
    ['text', '{"model":""}'],
    ['app', '{"model":"qwen-plus"}'],
  ])('%s: the body %j is refused.', (path, text) => {
    expect(freeze(frozen, path, text, 'a1')).toThrow(refusal('model'))
  })

  it('The frozen model of an application is in the path.', () => {
    expect(freeze({ model: 'app:a1' }, 'app', '{"input":{}}', 'a1')().text).toBe('{"input":{}}')
    expect(freeze({ model: 'app:a1' }, 'app', '{"input":{}}', 'a2')).toThrow(refusal('model'))
  })
})

describe('frozen parameters', () => {
  const frozen = { parameters: { temperature: 0.5, enable_search: false } }
  const both = '"temperature":0.5,"enable_search":false'

  it.each<[Path, string, string]>([
    ['text', '{"input":{}}', `{"parameters":{${both}},"input":{}}`],
    ['text', '{"parameters":null}', `{"parameters":{${both}}}`],
    ['text', '{"parameters": [ ] ,"a":1}', `{"parameters": {${both}} ,"a":1}`],
    ['text', '{"parameters":{}}', `{"parameters":{${both}}}`],
    ['text', '{"parameters": { "seed": 1e3 } }', `{"parameters": {${both}, "seed": 1e3 } }`],
    [
      'text',
      '{"parameters":{"enable_search":false}}',
      '{"parameters":{"temperature":0.5,"enable_search":false}}',
    ],
    [
      'text',
      '{"parameters":{"temperature":5e-1,"enable_search":false}}',
      '{"parameters":{"temperature":5e-1,"enable_search":false}}',
    ],
    ['text', '{"temperature":1}', `{"parameters":{${both}},"temperature":1}`],
    ['chat', '{"parameters":{}}', `{${both},"parameters":{}}`],
    ['anthropic', '{"temperature":0.50}', '{"enable_search":false,"temperature":0.50}'],
    ['embeddings', '{"input":{}}', `{"parameters":{${both}},"input":{}}`],
  ])('%s: the body %j becomes %j', (path, text, expected) => {
    const result = freeze(frozen, path, text)()
    expect(result.text).toBe(expected)
    expect(result.value).toEqual(JSON.parse(expected))
  })

  it.each<[Path, string, string]>([
    ['text', '{"parameters":{"temperature":0.6}}', 'parameters.temperature'],
    ['text', '{"parameters":{"temperature":"0.5"}}', 'parameters.temperature'],
    ['text', '{"parameters":{"temperature":null}}', 'parameters.temperature'],
    ['text', '{"parameters":{"enable_search":true}}', 'parameters.enable_search'],
    ['chat', '{"enable_search":0}', 'enable_search'],
  ])('%s: the body %j is refused.', (path, text, param) => {
    expect(freeze(frozen, path, text)).toThrow(refusal(param))
  })

  it.each<[Record<string, string | number | boolean>, Path, string, string]>([
    [{ enable_thinking: false }, 'anthropic', '{"enable_thinking":true}', 'enable_thinking'],
    [{ enable_thinking: false }, 'text', '{"enable_thinking":true}', 'enable_thinking'],
    [{ enable_thinking: false }, 'chat', '{"reasoning_effort":"high"}', 'reasoning_effort'],
    [{ enable_thinking: false }, 'responses', '{"reasoning":{"effort":"low"}}', 'reasoning.effort'],
    [
      { enable_thinking: false },
      'anthropic',
      '{"thinking":{"type":"enabled","budget_tokens":9}}',
      'thinking',
    ],
    [
      { thinking_budget: 100 },
      'chat',
      '{"parameters":{"thinking_budget":9000}}',
      'parameters.thinking_budget',
    ],
    [{ max_tokens: 7 }, 'responses', '{"max_tokens":9}', 'max_tokens'],
    [{ max_tokens: 7 }, 'chat', '{"parameters":{"max_tokens":9}}', 'parameters.max_tokens'],
    [{ n: 1 }, 'multimodal', '{"parameters":{"max_images":4}}', 'parameters.max_images'],
    [{ enable_search: false }, 'text', '{"enable_search":true}', 'enable_search'],
  ])(
    'What fixes %j also holds at %s for the places and names that %j uses.',
    (parameters, path, text, param) => {
      expect(freeze({ parameters }, path, text)).toThrow(refusal(param))
    },
  )

  it.each(['{"parameters":"x"}', '{"parameters":[1]}', '[]', 'null', '"x"'])(
    'The body %j is left to the schema.',
    (text) => {
      expect(freeze(frozen, 'text', text)().text).toBe(text)
    },
  )

  it('Properties that every object has are not parameters.', () => {
    const result = freeze({ parameters: { toString: 'x', constructor: 1 } }, 'chat', '{"a":1}')()
    expect(result.text).toBe('{"toString":"x","constructor":1,"a":1}')
  })
})

describe('applyFrozen', () => {
  const all: Frozen = { model: 'qwen-plus', system: 'S', parameters: { seed: 1, stop: null } }

  it('All parts are put in their places, and every other byte stays.', () => {
    const text =
      '{ "input" : { "messages" : [ {"role":"user","content":"\\u00fc ü 12345678901234567890"} ] , "n":1.10 } }'
    const result = freeze(all, 'text', text)()
    expect(result.text).toBe(
      '{"model":"qwen-plus","parameters":{"seed":1,"stop":null}, "input" : { "messages" : [{"role":"system","content":"S"}, {"role":"user","content":"\\u00fc ü 12345678901234567890"} ] , "n":1.10 } }',
    )
  })

  it('A byte order mark is kept.', () => {
    const { bytes, text } = applyFrozen(
      source('{"a":1}', BYTE_ORDER_MARK),
      { model: 'm' },
      endpointOf('chat'),
      undefined,
    )
    expect(text).toBe('{"model":"m","a":1}')
    expect([...bytes.slice(0, 4)]).toEqual([0xef, 0xbb, 0xbf, 0x7b])
  })

  it('If nothing is missing, the same body is returned.', () => {
    const same = source('{"model":"m"}', BYTE_ORDER_MARK)
    expect(applyFrozen(same, { model: 'm' }, endpointOf('chat'), undefined)).toBe(same)
  })
})
