import { describe, expect, it } from 'vitest'
import { isCostlyToKey } from '../../src/cache/key.ts'

const MEBIBYTE = 1024 * 1024

describe('a body that bypasses the cache because its key would cost too much', () => {
  it('is a large one of many small values', () => {
    const messages = Array.from({ length: 40_000 }, (_, at) => ({ role: 'user', content: `message ${at}` }))
    expect(isCostlyToKey(JSON.stringify({ messages }))).toBe(true)
  })

  it.each([
    ['a small one of many values', JSON.stringify(Array.from({ length: 40_000 }, () => 'x'))],
    [
      'a large one with a few images',
      JSON.stringify({ images: ['a'.repeat(3 * MEBIBYTE), 'b'.repeat(MEBIBYTE)] }),
    ],
    [
      'a large one of prose',
      JSON.stringify({ text: 'Word, word and "word". '.repeat(15_000).repeat(4) }).slice(0, 800_000),
    ],
  ])('is not %s', (_, text) => expect(isCostlyToKey(text)).toBe(false))
})
