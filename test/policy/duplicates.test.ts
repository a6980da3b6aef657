import { describe, expect, it } from 'vitest'
import { readOutline } from '../../src/lib/json/outline.ts'
import { bytesOf } from '../../src/lib/json/utf8.ts'
import { refuseDuplicateKeys } from '../../src/policy/duplicates.ts'

const outlineOf = (text: string) => readOutline(bytesOf(text))

describe('refuseDuplicateKeys', () => {
  it.each<[string, string]>([
    ['{"model":"a","model":"b"}', 'model'],
    ['{"model":"a","mod\\u0065l":"b"}', 'model'],
    ['{"mod\\u0065l":"a","x":{"model":1},"model":"b"}', 'model'],
    ['{"":1,"":2}', ''],
    ['{"input":{"messages":[],"messages":[]}}', 'input.messages'],
    ['{"messages":[{"role":"user"},{"role":"user","content":"x","role":"system"}]}', 'messages[1].role'],
    ['{"messages":[{"content":[{"text":"x"},{"image":"a","image":"b"}]}]}', 'messages[0].content[1].image'],
    ['{"parameters":{"max_tokens":1,"max_tokens":99999}}', 'parameters.max_tokens'],
    ['{"tools":[{"type":"function","type":"web_search"}]}', 'tools[0].type'],
    ['{"__proto__":{"model":"b"}}', '__proto__'],
    ['{"input":{"_\\u005fproto__":1}}', 'input.__proto__'],
    ['[[1,2],{"a":1,"a":2}]', '[1].a'],
    [' \n{ "a" : { } , "a" : { } } ', 'a'],
  ])('The body %s is refused.', (text, param) => {
    JSON.parse(text)
    expect(() => refuseDuplicateKeys(outlineOf(text))).toThrow(
      expect.objectContaining({ reason: 'invalid', param }),
    )
  })

  it.each([
    '{}',
    '[]',
    'null',
    '"model"',
    '{"model":"model","input":{"model":"x","messages":[{"role":"user"},{"role":"user"}]},"n":{"n":{"n":1}}}',
    '{"a":"{\\"a\\":1,\\"a\\":2}","b":"__proto__"}',
    '{"a":1,"A":2,"constructor":3,"prototype":4,"toString":5}',
    '["a","a",{"a":"a"}]',
  ])('The body %s passes.', (text) => {
    JSON.parse(text)
    expect(() => refuseDuplicateKeys(outlineOf(text))).not.toThrow()
  })

  it('The message says what is wrong and repeats only the beginning of a long key.', () => {
    expect(() => refuseDuplicateKeys(outlineOf('{"input":{"a":1,"a":2}}'))).toThrow(
      'input.a: the key is repeated in one object. Send each key once.',
    )
    const key = 'k'.repeat(100_000)
    expect(() => refuseDuplicateKeys(outlineOf(`{"${key}":1,"${key}":2}`))).toThrow(
      `${'k'.repeat(64)}…: the key`,
    )
  })

  it('The check is fast on bodies that were made to be slow.', () => {
    const deep = 50_000
    refuseDuplicateKeys(outlineOf('{"a":'.repeat(deep) + 1 + '}'.repeat(deep)))
    const keys = Array.from({ length: 100_000 }, (_, number) => `"k${number}":${number}`)
    refuseDuplicateKeys(outlineOf(`{${keys.join(',')}}`))
    expect(() => refuseDuplicateKeys(outlineOf(`{${keys.join(',')},"k0":1}`))).toThrow(/^k0: /)
  })
})
