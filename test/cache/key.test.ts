import { describe, expect, test } from 'vitest'
import type { CacheKeyInput } from '../../src/cache/key.ts'
import { answerChangingHeaders, CACHE_KEY_VERSION, cacheKey, saysNotStream } from '../../src/cache/key.ts'

/** A JSON value that can be printed in many spellings; scalars other than strings are tokens. */
type Tree =
  | { kind: 'object'; members: [string, Tree][] }
  | { kind: 'array'; items: Tree[] }
  | { kind: 'string'; value: string }
  | { kind: 'token'; value: string }

type Random = () => number

const GENERATED_BODIES = 2500

const TOKENS = [
  '0',
  '-0',
  '1',
  '1.0',
  '1e0',
  '1E0',
  '9007199254740992',
  '9007199254740993',
  'true',
  'false',
  'null',
]
const CHARACTERS = [
  'a',
  'b',
  '/',
  '"',
  '\\',
  '\n',
  ' ',
  '{',
  '}',
  ',',
  ':',
  '\u0000',
  'é',
  '你',
  '😀',
  '\ud800',
  '\udc00',
]
const KEYS = [
  'model',
  'input',
  'messages',
  'role',
  'parameters',
  'seed',
  'a',
  'b',
  '',
  '__proto__',
  '你',
  '😀',
  '"',
  '\ud800',
]

const BASE: CacheKeyInput = {
  version: CACHE_KEY_VERSION,
  scope: { kind: 'key', id: 'key_1', generation: 0 },
  host: 'dashscope.aliyuncs.com',
  path: '/api/v1/services/aigc/text-generation/generation',
  headers: [['x-dashscope-workspace', 'ws-1']],
  text: '{"model":"qwen-plus","input":{"prompt":"hello"}}',
  notStream: saysNotStream,
}

function keyOf(change: Partial<CacheKeyInput>): string {
  return cacheKey({ ...BASE, ...change })
}

/** Mulberry32: small, seeded, good enough to vary bodies. */
function mulberry32(seed: number): Random {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296
  }
}

function below(random: Random, limit: number): number {
  return Math.floor(random() * limit)
}

function pick<Item>(random: Random, items: readonly Item[]): Item {
  return items[below(random, items.length)] as Item
}

function shuffled<Item>(random: Random, items: readonly Item[]): Item[] {
  return items
    .map((item) => ({ item, rank: random() }))
    .sort((a, b) => a.rank - b.rank)
    .map(({ item }) => item)
}

function generateTree(random: Random, depth: number): Tree {
  const choice = random()
  if (depth > 0 && choice < 0.4) return generateObject(random, depth)
  if (depth > 0 && choice < 0.55) {
    return {
      kind: 'array',
      items: Array.from({ length: below(random, 4) }, () => generateTree(random, depth - 1)),
    }
  }
  if (choice < 0.8) {
    const value = Array.from({ length: below(random, 6) }, () => pick(random, CHARACTERS)).join('')
    return { kind: 'string', value }
  }
  return { kind: 'token', value: pick(random, TOKENS) }
}

function generateObject(random: Random, depth: number): Tree & { kind: 'object' } {
  const keys = shuffled(random, KEYS).slice(0, below(random, 6))
  return { kind: 'object', members: keys.map((key) => [key, generateTree(random, depth - 1)]) }
}

/** Prints a tree with its members, white space and escapes left to chance. */
function print(tree: Tree, random: Random): string {
  const space = (): string => pick(random, ['', '', '', ' ', '\n', '\t', '\r\n  '])
  const list = (items: string[]): string => items.map((item) => space() + item + space()).join(',') || space()
  if (tree.kind === 'token') return tree.value
  if (tree.kind === 'string') return printString(tree.value, random)
  if (tree.kind === 'array') return `[${list(tree.items.map((item) => print(item, random)))}]`
  const members = shuffled(random, tree.members)
  return `{${list(members.map(([key, value]) => `${printString(key, random)}${space()}:${space()}${print(value, random)}`))}}`
}

function printString(value: string, random: Random): string {
  const style = random()
  const units = value.split('').map((unit) => {
    const escaped = `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`
    if (random() < style) return random() < 0.5 ? escaped : `\\u${escaped.slice(2).toUpperCase()}`
    if (unit === '/' && random() < 0.5) return '\\/'
    if (unit === '"' || unit === '\\') return `\\${unit}`
    if (unit === '\n') return '\\n'
    return unit < ' ' ? escaped : unit
  })
  return `"${units.join('')}"`
}

/** One spelling for what a tree says, built without the code under test. */
function meaning(tree: Tree): string {
  if (tree.kind === 'token') return tree.value
  if (tree.kind === 'string') return JSON.stringify(tree.value)
  if (tree.kind === 'array') return `[${tree.items.map(meaning).join()}]`
  const members = tree.members.map(([key, value]) => `${JSON.stringify(key)}:${meaning(value)}`)
  return `{${members.sort().join()}}`
}

/** Every tree that differs from this one in one place: a leaf changed, a member added, an item appended. */
function changedTrees(tree: Tree): Tree[] {
  if (tree.kind === 'token') {
    return TOKENS.filter((token) => token !== tree.value).map((value) => ({ kind: 'token', value }))
  }
  if (tree.kind === 'string') return [{ kind: 'string', value: `${tree.value}a` }]
  if (tree.kind === 'array') {
    const { items } = tree
    const inside = items.flatMap((item, at) => changedTrees(item).map((changed) => items.with(at, changed)))
    return [...inside, [...items, { kind: 'token', value: '1' } as Tree]].map((changed) => ({
      kind: 'array',
      items: changed,
    }))
  }
  const { members } = tree
  const inside = members.flatMap(([key, value], at) => [
    members.with(at, [`${key}x`, value]),
    ...changedTrees(value).map((changed) => members.with(at, [key, changed])),
  ])
  return [...inside, [...members, ['added', { kind: 'token', value: 'null' }] as [string, Tree]]].map(
    (changed) => ({
      kind: 'object',
      members: changed,
    }),
  )
}

describe('generated bodies', () => {
  test('have one key for every spelling, and different keys when they say something different', () => {
    const random = mulberry32(20261124)
    const keyByMeaning = new Map<string, string>()
    for (let round = 0; round < GENERATED_BODIES; round += 1) {
      const tree = generateObject(random, 4)
      const first = print(tree, random)
      const second = print(tree, random)
      const key = keyOf({ text: first })
      expect(keyOf({ text: second }), `${first}\n${second}`).toBe(key)
      const known = keyByMeaning.get(meaning(tree))
      if (known !== undefined) expect(key).toBe(known)
      keyByMeaning.set(meaning(tree), key)
    }
    expect(keyByMeaning.size).toBeGreaterThan(GENERATED_BODIES / 2)
    expect(new Set(keyByMeaning.values()).size).toBe(keyByMeaning.size)
  })

  test('change their key with every changed and every added field', () => {
    const random = mulberry32(7)
    for (let round = 0; round < GENERATED_BODIES; round += 1) {
      const tree = generateObject(random, 3)
      const text = print(tree, random)
      const key = keyOf({ text })
      const changed = shuffled(random, changedTrees(tree)).slice(0, 4)
      for (const other of changed) {
        const otherText = print(other, random)
        expect(keyOf({ text: otherText }), `${text}\n${otherText}`).not.toBe(key)
      }
    }
  })
})

describe('the key', () => {
  test('is 64 hexadecimal digits and the same each time', () => {
    expect(keyOf({})).toMatch(/^[0-9a-f]{64}$/)
    expect(keyOf({})).toBe(keyOf({}))
  })

  test.each<[string, Partial<CacheKeyInput>]>([
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
  ])('changes with the %s', (_, change) => {
    expect(keyOf(change)).not.toBe(keyOf({}))
  })

  test('P7: no two tenants share a key', () => {
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

  test('P7: a client key that is called like a shared scope does not get into it', () => {
    const own = keyOf({ scope: { kind: 'key', id: 'team', generation: 0 } })
    expect(keyOf({ scope: { kind: 'shared', id: 'team', generation: 0 } })).not.toBe(own)
  })

  test('P7: a new generation of a scope does not see the entries of the old one', () => {
    const keys = [0, 1, 2, 10].map((generation) => keyOf({ scope: { kind: 'key', id: 'a', generation } }))
    expect(new Set(keys).size).toBe(keys.length)
  })

  test('P7: generated tenants that ask the same have each their own key', () => {
    const random = mulberry32(1)
    const ids = new Set(
      Array.from({ length: 2000 }, () =>
        Array.from({ length: below(random, 5) }, () => pick(random, ['a', '1', ':', '0', '"'])).join(''),
      ),
    )
    const keys = [...ids].map((id) => keyOf({ scope: { kind: 'key', id, generation: 0 } }))
    expect(new Set(keys).size).toBe(ids.size)
  })

  test.each<[string, Partial<CacheKeyInput>, Partial<CacheKeyInput>]>([
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
    ['a half and U+FFFD', { text: '"\ud800"' }, { text: '"\ufffd"' }],
    ['numbers beyond 2^53', { text: '{"seed":9007199254740993}' }, { text: '{"seed":9007199254740992}' }],
    ['a fraction beyond double precision', { text: '[0.10000000000000000001]' }, { text: '[0.1]' }],
  ])('does not let run together: %s', (_, one, other) => {
    expect(keyOf(one)).not.toBe(keyOf(other))
  })

  test('of a body with 10,000 levels and of 20 MiB can be had', () => {
    const deep = '{"a":['.repeat(5000) + ']}'.repeat(5000)
    const long = `{"image":"${'A'.repeat(20 * 1024 * 1024)}"}`
    expect(keyOf({ text: deep })).not.toBe(keyOf({ text: long }))
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

describe('answer-changing headers', () => {
  test('are every X-DashScope header that is not known to be indifferent, in lower case and sorted', () => {
    const headers = new Headers({
      'X-DashScope-WorkSpace': 'ws-1',
      'X-DashScope-Plugin': '{"a":{}}',
      'X-DashScope-OssResourceResolve': 'enable',
      'X-DashScope-EncryptionKey': '{}',
      'X-DashScope-DataInspection': 'disable',
      'X-DashScope-Something-New': '1',
      'anthropic-version': '2023-06-01',
      'Anthropic-Beta': 'a,b',
    })
    expect(answerChangingHeaders(headers)).toEqual([
      ['anthropic-beta', 'a,b'],
      ['anthropic-version', '2023-06-01'],
      ['x-dashscope-datainspection', 'disable'],
      ['x-dashscope-encryptionkey', '{}'],
      ['x-dashscope-ossresourceresolve', 'enable'],
      ['x-dashscope-plugin', '{"a":{}}'],
      ['x-dashscope-something-new', '1'],
      ['x-dashscope-workspace', 'ws-1'],
    ])
  })

  test.each([
    ['X-DashScope-ApiKey', 'sk-secret'],
    ['X-DashScope-AuthType', 'qwen-oauth'],
    ['X-DashScope-CacheControl', 'enable'],
    ['X-DashScope-OpenAPISource', 'CloudSDK'],
    ['X-DashScope-SDK-Client', 'python-sdk/1.26.2/aigc'],
    ['X-DashScope-SDK-Session-Id', '3f1c'],
    ['X-DashScope-UserAgent', 'QwenCode/0.24.4'],
    ['X-DashScope-Wait-Timeout', '30'],
    ['X-DashScope-SSE', 'disable'],
    ['X-DashScope-Async', 'Disable'],
    ['Authorization', 'Bearer sk-secret'],
    ['x-api-key', 'sk-secret'],
    ['Cookie', 'a=b'],
    ['User-Agent', 'dashscope/1.26.2; incremental_to_full/0'],
    ['Accept', 'application/json'],
    ['X-Edge-Cache-TTL', '60'],
    ['x-dashscope', '1'],
  ])('%s: %s is not one', (name, value) => {
    expect(answerChangingHeaders(new Headers({ [name]: value }))).toEqual([])
  })

  test.each(['X-DashScope-Async', 'X-DashScope-SSE'])('%s: enable is one', (name) => {
    expect(answerChangingHeaders(new Headers({ [name]: 'enable' }))).toEqual([[name.toLowerCase(), 'enable']])
  })
})
