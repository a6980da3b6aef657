import { beforeEach, describe, expect, it, vi } from 'vitest'
import type { CacheKeyInput } from '../../src/cache/key.ts'
import { RESPONSE_MEMORY_SECONDS } from '../../src/cache/memory.ts'
import { MAX_RAW_KEY_CHARACTERS, RAW_KEY_MEMORY_ENTRIES } from '../../src/cache/raw-key.ts'

const NOW = 1_700_000_000_000

let rawKey: typeof import('../../src/cache/raw-key.ts')
beforeEach(async () => {
  vi.resetModules()
  rawKey = await import('../../src/cache/raw-key.ts')
})

const BASE: CacheKeyInput = {
  version: '1',
  scope: { kind: 'key', id: 'key_1', generation: 0 },
  host: 'https://dashscope.aliyuncs.com',
  path: '/api/v1/services/aigc/text-generation/generation',
  headers: [['x-dashscope-workspace', 'ws-1']],
  json: undefined,
  omit: () => false,
}

const TEXT = '{"model":"qwen-plus","input":{"prompt":"hello"}}'

/** The cache key that is found for a request after another one was remembered under `a`. */
function foundAfter(one: ReturnType<typeof keyOf>, other: ReturnType<typeof keyOf>): string | undefined {
  if (!one || !other) throw new TypeError('Short requests have a raw key.')
  rawKey.rememberKey(one, 'a', NOW)
  return rawKey.cachedKey(other)
}

/** The raw key of a request that differs in some parts. */
function keyOf({ text = TEXT, ...change }: Partial<CacheKeyInput> & { text?: string }, stream = false) {
  return rawKey.rawKeyOf({ ...BASE, ...change }, text, stream)
}

/** A raw key without other parts. */
const only = (text: string) => ({ text, parts: [] })

describe('the raw key of a request', () => {
  it.each<[string, Parameters<typeof keyOf>[0]]>([
    ['version', { version: '2' }],
    ['tenant', { scope: { ...BASE.scope, id: 'key_2' } }],
    ['kind of tenant', { scope: { ...BASE.scope, kind: 'shared' } }],
    ['purge', { scope: { ...BASE.scope, generation: 1 } }],
    ['host', { host: 'https://dashscope-intl.aliyuncs.com' }],
    ['path', { path: `${BASE.path}?a=1` }],
    ['header', { headers: [['x-dashscope-workspace', 'ws-2']] }],
    ['headers', { headers: [] }],
    ['body', { text: '{"model":"qwen-plus","input":{"prompt":"hello!"}}' }],
    ['white space', { text: ` ${TEXT}` }],
  ])('P7 is another one with another %s', (_, change) => {
    expect(foundAfter(keyOf({}), keyOf(change))).toBeUndefined()
    expect(foundAfter(keyOf({}), keyOf({}))).toBe('a')
  })

  it('A stream has another raw key, because its switches mean something else.', () => {
    expect(foundAfter(keyOf({}), keyOf({}, true))).toBeUndefined()
  })

  it('A long body has no raw key, and a short one with long headers is not remembered.', () => {
    const [most, long] = [MAX_RAW_KEY_CHARACTERS / 2, MAX_RAW_KEY_CHARACTERS].map((length) =>
      'a'.repeat(length),
    )
    const headersOf = (value = ''): CacheKeyInput['headers'] => [['x-dashscope-plugin', value]]
    expect(keyOf({ text: `"${most}"` })).toBeDefined()
    expect(keyOf({ text: `"${long}"` })).toBeUndefined()
    for (const [value, found] of [
      [most, 'a'],
      [long, undefined],
    ] as const) {
      const key = keyOf({ headers: headersOf(value) })
      expect(foundAfter(key, key)).toBe(found)
    }
  })
})

describe('remembered cache keys', () => {
  it('A cache key is found by its raw key until newer ones replace it.', () => {
    rawKey.rememberKey(only('first'), 'a', NOW)
    rawKey.rememberKey(only('second'), 'b', NOW)
    expect(rawKey.cachedKey(only('first'))).toBe('a')
    for (let index = 2; index < RAW_KEY_MEMORY_ENTRIES + 1; index++) {
      rawKey.rememberKey(only(`other ${index}`), 'c', NOW)
    }
    expect(rawKey.cachedKey(only('first'))).toBeUndefined()
    expect(rawKey.cachedKey(only('second'))).toBe('b')
  })

  it('Expired cache keys are evicted when the next one is stored.', () => {
    rawKey.rememberKey(only('first'), 'a', NOW)
    rawKey.rememberKey(only('second'), 'b', NOW + 1)
    rawKey.rememberKey(only('third'), 'c', NOW + 1000 * RESPONSE_MEMORY_SECONDS)
    const found = ['first', 'second', 'third'].map((text) => rawKey.cachedKey(only(text)))
    expect(found).toEqual([undefined, 'b', 'c'])
  })

  it('P7 Bodies with the same fingerprint never share a cache key.', () => {
    // As in Java's hash of strings, which the fingerprint resembles.
    const [one, other] = [only('Aa'), only('BB')]
    rawKey.rememberKey(one, 'a', NOW)
    expect(rawKey.cachedKey(other)).toBeUndefined()
    rawKey.rememberKey(other, 'b', NOW)
    expect([rawKey.cachedKey(one), rawKey.cachedKey(other)]).toEqual([undefined, 'b'])
  })
})
