import { beforeEach, describe, expect, it, vi } from 'vitest'
import type { CacheKeyInput } from '../../src/cache/key.ts'
import { ANSWER_MEMORY_SECONDS } from '../../src/cache/memory.ts'
import { MAX_SPELLING_CHARACTERS, SPELLING_MEMORY_ENTRIES } from '../../src/cache/raw-key.ts'

const NOW = 1_700_000_000_000

let spelling: typeof import('../../src/cache/raw-key.ts')
beforeEach(async () => {
  vi.resetModules()
  spelling = await import('../../src/cache/raw-key.ts')
})

const BASE: CacheKeyInput = {
  version: '1',
  scope: { kind: 'key', id: 'key_1', generation: 0 },
  host: 'https://dashscope.aliyuncs.com',
  path: '/api/v1/services/aigc/text-generation/generation',
  headers: [['x-dashscope-workspace', 'ws-1']],
  text: '{"model":"qwen-plus","input":{"prompt":"hello"}}',
  leftOut: () => false,
}

describe('the spelling of a question', () => {
  it.each<[string, Partial<CacheKeyInput>]>([
    ['version', { version: '2' }],
    ['tenant', { scope: { ...BASE.scope, id: 'key_2' } }],
    ['kind of tenant', { scope: { ...BASE.scope, kind: 'shared' } }],
    ['purge', { scope: { ...BASE.scope, generation: 1 } }],
    ['host', { host: 'https://dashscope-intl.aliyuncs.com' }],
    ['path', { path: `${BASE.path}?a=1` }],
    ['header', { headers: [['x-dashscope-workspace', 'ws-2']] }],
    ['headers', { headers: [] }],
    ['body', { text: '{"model":"qwen-plus","input":{"prompt":"hello!"}}' }],
    ['white space', { text: ` ${BASE.text}` }],
  ])('P7 is another one with another %s', (_, change) => {
    expect(spelling.spellingOf({ ...BASE, ...change }, false)).not.toBe(spelling.spellingOf(BASE, false))
  })

  it('is another one for a stream, whose switches mean something else', () => {
    expect(spelling.spellingOf(BASE, true)).not.toBe(spelling.spellingOf(BASE, false))
  })

  it('is not taken of a long body, nor of a short one with long headers', () => {
    const [most, long] = [MAX_SPELLING_CHARACTERS / 2, MAX_SPELLING_CHARACTERS].map((length) =>
      'a'.repeat(length),
    )
    const headersOf = (value = ''): CacheKeyInput['headers'] => [['x-dashscope-plugin', value]]
    expect(spelling.spellingOf({ ...BASE, text: `"${most}"` }, false)).toBeDefined()
    expect(spelling.spellingOf({ ...BASE, text: `"${long}"` }, false)).toBeUndefined()
    expect(spelling.spellingOf({ ...BASE, headers: headersOf(most) }, false)).toBeDefined()
    expect(spelling.spellingOf({ ...BASE, headers: headersOf(long) }, false)).toBeUndefined()
  })
})

describe('remembered names', () => {
  it('are found by their spelling, until newer ones take their place', () => {
    spelling.rememberName('first', 'a', NOW)
    spelling.rememberName('second', 'b', NOW)
    expect(spelling.recallName('first')).toBe('a')
    for (let index = 2; index < SPELLING_MEMORY_ENTRIES + 1; index++) {
      spelling.rememberName(`other ${index}`, 'c', NOW)
    }
    expect(spelling.recallName('first')).toBeUndefined()
    expect(spelling.recallName('second')).toBe('b')
  })

  it('go with the next one when their time is over', () => {
    spelling.rememberName('first', 'a', NOW)
    spelling.rememberName('second', 'b', NOW + 1)
    spelling.rememberName('third', 'c', NOW + 1000 * ANSWER_MEMORY_SECONDS)
    expect(['first', 'second', 'third'].map(spelling.recallName)).toEqual([undefined, 'b', 'c'])
  })
})
