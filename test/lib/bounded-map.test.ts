import { describe, expect, it } from 'vitest'
import { setBounded } from '../../src/lib/bounded-map.ts'

/** Keeps names one after the other, of two at most. */
function keptOf(...names: string[]): string[] {
  const memory = new Map<string, string>()
  for (const name of names) setBounded(memory, name, name, 2)
  return [...memory.keys()]
}

describe('a map that holds two entries', () => {
  it.each([
    ['keeps two', ['a', 'b'], ['a', 'b']],
    ['lets the oldest go', ['a', 'b', 'c'], ['b', 'c']],
    ['makes young again what is kept again', ['a', 'b', 'a', 'c'], ['a', 'c']],
    ['holds a name once', ['a', 'a', 'a', 'b'], ['a', 'b']],
  ])('The map %s', (_, names, kept) => expect(keptOf(...names)).toEqual(kept))

  it('The map has the last value of a name.', () => {
    const memory = new Map([['a', 1]])
    setBounded(memory, 'a', 2, 2)
    expect(memory.get('a')).toBe(2)
  })
})
