import { describe, expect, it } from 'vitest'
import { isCostlyToKey } from '../../src/cache/key.ts'

const MEBIBYTE = 1024 * 1024

describe('bodies that bypass the cache because their key would cost too much', () => {
  it('A large body of many small values bypasses the cache.', () => {
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
  ])('The cache is used for %s', (_, text) => expect(isCostlyToKey(text)).toBe(false))
})
