import { describe, expect, it } from 'vitest'
import { findFragments, findWords } from '../../scripts/words.ts'

describe('findFragments', () => {
  it.each([
    "it('refuses a key', () => {})",
    "it('A key is refused', () => {})",
    "  ])('is refused with %s', (text) => {",
  ])('The title in %j is not a sentence.', (line) => {
    expect(findFragments(`\n${line}`)).toMatchObject([{ line: 2 }])
  })

  it.each([
    "it('A key is refused.', () => {})",
    "test('P6: A key is refused.', () => {})",
    "  ])('The flag %s is refused.', (text) => {",
    "  ])('%s has the key of %s', (text) => {",
    "it('asStream inserts the switches.', () => {})",
    "it('max-age applies to remembered responses.', () => {})",
  ])('The title in %j is a sentence.', (line) => {
    expect(findFragments(line)).toEqual([])
  })
})

describe('findWords', () => {
  it('A word to avoid is found with its line and a better one.', () => {
    expect(findWords('A fine line.\nIt holds, also when it rains.')).toEqual([
      { line: 2, words: 'also when', instead: 'even if, even when' },
    ])
  })
})
