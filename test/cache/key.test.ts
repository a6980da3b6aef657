import { describe, expect, test } from 'vitest'
import type { CacheKeyInput } from '../../src/cache/key.ts'
import { CACHE_KEY_VERSION, cacheKey, isStreamOff } from '../../src/cache/key.ts'
import { JsonBody } from '../../src/lib/json/body.ts'
import { bytesOf } from '../../src/lib/json/utf8.ts'

/** The input of a key, its body as text. */
type Question = Omit<CacheKeyInput, 'json'> & { text: string }

const BASE: Question = {
  version: CACHE_KEY_VERSION,
  scope: { kind: 'key', id: 'key_1', generation: 0 },
  host: 'dashscope.aliyuncs.com',
  path: '/api/v1/services/aigc/text-generation/generation',
  headers: [['x-dashscope-workspace', 'ws-1']],
  text: '{"model":"qwen-plus","input":{"prompt":"hello"}}',
  omit: isStreamOff,
}

function keyOf(change: Partial<Question>): string {
  const { text, ...input } = { ...BASE, ...change }
  return cacheKey({ ...input, json: new JsonBody(bytesOf(text), text, undefined) })
}

describe('the key', () => {
  test('The key is 64 hexadecimal digits and the same each time.', () => {
    expect(keyOf({})).toMatch(/^[0-9a-f]{64}$/)
    expect(keyOf({})).toBe(keyOf({}))
  })

  test.each<[string, Partial<Question>]>([
    ['version', { version: `${CACHE_KEY_VERSION}0` }],
    ['region host', { host: 'dashscope-intl.aliyuncs.com' }],
    ['path', { path: '/api/v1/services/aigc/multimodal-generation/generation' }],
    ['query', { path: `${BASE.path}?a=1` }],
    ['a header less', { headers: [] }],
    ['a header value', { headers: [['x-dashscope-workspace', 'ws-2']] }],
    ['a header name', { headers: [['x-dashscope-plugin', 'ws-1']] }],
    ['a header more', { headers: [...BASE.headers, ['x-dashscope-plugin', '{}']] }],
    ['no body', { text: '' }],
    ['an empty body', { text: '{}' }],
  ])('The key changes with the %s', (_, change) => {
    expect(keyOf(change)).not.toBe(keyOf({}))
  })

  test('P7: Two tenants never share a key.', () => {
    const keys = [
      keyOf({ scope: { kind: 'key', id: 'a', generation: 0 } }),
      keyOf({ scope: { kind: 'key', id: 'b', generation: 0 } }),
      keyOf({ scope: { kind: 'key', id: 'A', generation: 0 } }),
      keyOf({ scope: { kind: 'key', id: '', generation: 0 } }),
      keyOf({ scope: { kind: 'key', id: 'a\ud800', generation: 0 } }),
      keyOf({ scope: { kind: 'key', id: 'a\ud801', generation: 0 } }),
      keyOf({ scope: { kind: 'key', id: 'a\ufffd', generation: 0 } }),
    ]
    expect(new Set(keys).size).toBe(keys.length)
  })

  test('P7: A client key that is named like a shared scope does not get into the scope.', () => {
    const own = keyOf({ scope: { kind: 'key', id: 'team', generation: 0 } })
    expect(keyOf({ scope: { kind: 'shared', id: 'team', generation: 0 } })).not.toBe(own)
  })

  test('P7: A new generation of a scope does not see the entries of the old one.', () => {
    const keys = [0, 1, 2, 10].map((generation) => keyOf({ scope: { kind: 'key', id: 'a', generation } }))
    expect(new Set(keys).size).toBe(keys.length)
  })

  test.each<[string, Partial<Question>, Partial<Question>]>([
    [
      'P7: tenant and generation',
      { scope: { kind: 'key', id: 'a1', generation: 0 } },
      { scope: { kind: 'key', id: 'a', generation: 10 } },
    ],
    [
      'P7: tenant and host',
      { scope: { kind: 'key', id: 'a', generation: 1 }, host: '1.example' },
      { scope: { kind: 'key', id: 'a', generation: 11 }, host: '.example' },
    ],
    ['host and path', { host: 'a', path: 'b/c' }, { host: 'ab', path: '/c' }],
    ['a part that writes its own length', { host: 'a"3:"b', path: 'c' }, { host: 'a', path: 'b"3:"c' }],
    ['header name and value', { headers: [['ab', 'c']] }, { headers: [['a', 'bc']] }],
    [
      'one header and two',
      { headers: [['a', 'b\nc: d']] },
      {
        headers: [
          ['a', 'b'],
          ['c', 'd'],
        ],
      },
    ],
    ['path and body', { path: '/a', text: '1', headers: [] }, { path: '/', text: '"a1"', headers: [] }],
    ['header and body', { headers: [], text: '["a","b"]' }, { headers: [['a', 'b']], text: '' }],
    ['keys and values', { text: '{"a":"b\\",\\"c"}' }, { text: '{"a":"b","c":""}' }],
    ['a nested and a flat member', { text: '{"a":{"b":1},"c":2}' }, { text: '{"a":{"b":1,"c":2}}' }],
    ['two strings and one', { text: '["a","b"]' }, { text: '["a\\",\\"b"]' }],
    ['a number and its string', { text: '{"a":1}' }, { text: '{"a":"1"}' }],
    ['duplicate keys and the last one', { text: '{"a":1,"a":2}' }, { text: '{"a":2}' }],
    ['duplicate keys in another order', { text: '{"a":1,"a":2}' }, { text: '{"a":2,"a":1}' }],
    ['__proto__ and nothing', { text: '{"__proto__":{"a":1}}' }, { text: '{}' }],
    ['halves of surrogate pairs', { text: '"\\ud800"' }, { text: '"\\ud801"' }],
    ['a half and U+FFFD', { text: '"\\ud800"' }, { text: '"\ufffd"' }],
    ['numbers beyond 2^53', { text: '{"seed":9007199254740993}' }, { text: '{"seed":9007199254740992}' }],
    ['a fraction beyond double precision', { text: '[0.10000000000000000001]' }, { text: '[0.1]' }],
  ])('Neighbouring fields are not confused: %s', (_, one, other) => {
    expect(keyOf(one)).not.toBe(keyOf(other))
  })

  test('Keys can be computed for a body with 10,000 levels and for one of 20 MiB.', () => {
    const deep = '{"a":['.repeat(5000) + ']}'.repeat(5000)
    const long = `{"image":"${'A'.repeat(20 * 1024 * 1024)}"}`
    expect(keyOf({ text: deep })).not.toBe(keyOf({ text: long }))
  })
})

describe('a body that is hashed in pieces', () => {
  const compact = `{"a":"${'x'.repeat(200 * 1024)}","b":1}`

  test('Its key is the key of the same body without white space.', () => {
    const spaced = compact.replace(',', `,${' '.repeat(200 * 1024)}`)
    expect(keyOf({ text: spaced })).toBe(keyOf({ text: compact }))
  })

  test('Its key differs from that of a body with another last value.', () => {
    const spaced = compact.replace(',', `,${' '.repeat(200 * 1024)}`).replace('1}', '2}')
    expect(keyOf({ text: spaced })).not.toBe(keyOf({ text: compact }))
  })
})

describe('switches that only say "not a stream"', () => {
  test.each([
    ['{"model":"m","stream":false}', '{"model":"m"}'],
    ['{"stream" : false , "model":"m"}', '{"model":"m"}'],
    ['{"model":"m","parameters":{"stream":false}}', '{"model":"m","parameters":{}}'],
    ['{"str\\u0065am":false}', '{}'],
    ['{"stream":false,"parameters":{"stream":false,"seed":1}}', '{"parameters":{"seed":1}}'],
  ])('%s has the key of %s', (one, other) => {
    expect(keyOf({ text: one })).toBe(keyOf({ text: other }))
  })

  test.each([
    ['{"stream":true}', '{}'],
    ['{"stream":null}', '{}'],
    ['{"stream":0}', '{}'],
    ['{"stream":"false"}', '{}'],
    ['{"Stream":false}', '{}'],
    ['{"stream":{}}', '{}'],
    ['{"stream":false,"stream":true}', '{"stream":true}'],
    ['{"parameters":{"stream":false}}', '{}'],
    ['{"parameters":{"incremental_output":false}}', '{"parameters":{}}'],
    ['{"input":{"stream":false}}', '{"input":{}}'],
    ['{"parameters":{"tool":{"stream":false}}}', '{"parameters":{"tool":{}}}'],
    ['{"messages":[{"stream":false}]}', '{"messages":[{}]}'],
    ['[{"stream":false}]', '[{}]'],
    ['{"stream":false,"stream_options":{"include_usage":true}}', '{"stream":false}'],
  ])('%s does not have the key of %s', (one, other) => {
    expect(keyOf({ text: one })).not.toBe(keyOf({ text: other }))
  })
})
