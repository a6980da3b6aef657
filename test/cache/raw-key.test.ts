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

/** The raw key of a request that differs in some parts. */
function keyOf({ text = TEXT, ...change }: Partial<CacheKeyInput> & { text?: string }, stream = false) {
  return rawKey.rawKeyOf({ ...BASE, ...change }, text, stream)
}

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
    expect(keyOf(change)).not.toBe(keyOf({}))
  })

  it('A stream has another raw key, because its switches mean something else.', () => {
    expect(keyOf({}, true)).not.toBe(keyOf({}))
  })

  it('A long body has no raw key, nor does a short one with long headers.', () => {
    const [most, long] = [MAX_RAW_KEY_CHARACTERS / 2, MAX_RAW_KEY_CHARACTERS].map((length) =>
      'a'.repeat(length),
    )
    const headersOf = (value = ''): CacheKeyInput['headers'] => [['x-dashscope-plugin', value]]
    expect(keyOf({ text: `"${most}"` })).toBeDefined()
    expect(keyOf({ text: `"${long}"` })).toBeUndefined()
    expect(keyOf({ headers: headersOf(most) })).toBeDefined()
    expect(keyOf({ headers: headersOf(long) })).toBeUndefined()
  })
})

describe('remembered cache keys', () => {
  it('A cache key is found by its raw key until newer ones replace it.', () => {
    rawKey.rememberKey('first', 'a', NOW)
    rawKey.rememberKey('second', 'b', NOW)
    expect(rawKey.cachedKey('first')).toBe('a')
    for (let index = 2; index < RAW_KEY_MEMORY_ENTRIES + 1; index++) {
      rawKey.rememberKey(`other ${index}`, 'c', NOW)
    }
    expect(rawKey.cachedKey('first')).toBeUndefined()
    expect(rawKey.cachedKey('second')).toBe('b')
  })

  it('Expired cache keys are evicted when the next one is stored.', () => {
    rawKey.rememberKey('first', 'a', NOW)
    rawKey.rememberKey('second', 'b', NOW + 1)
    rawKey.rememberKey('third', 'c', NOW + 1000 * RESPONSE_MEMORY_SECONDS)
    expect(['first', 'second', 'third'].map(rawKey.cachedKey)).toEqual([undefined, 'b', 'c'])
  })
})
