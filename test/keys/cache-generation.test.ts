import { describe, expect, it } from 'vitest'
import { enteredGeneration, purgedGeneration, scopeMembers } from '../../src/keys/cache-generation.ts'
import type { KeyRecord } from '../../src/policy/key-record.ts'

function record(id: string, cache_generation: number, scope?: string): KeyRecord {
  return { id, name: id, created_at: '', cache_generation, ...(scope && { cache: { scope } }) }
}

const others = [record('a', 10, 'team'), record('b', 30, 'team'), record('c', 70, 'else'), record('d', 90)]

describe('enteredGeneration', () => {
  it.each([
    ['the highest of the scope', 'team', 30],
    ['now in a scope that no other key has', 'new', 1000],
    ['now without a scope, whatever others without one have', undefined, 1000],
  ])('A new key gets %s', (_, scope, generation) => {
    expect(enteredGeneration(scope, others, 1000)).toBe(generation)
  })
})

describe('purgedGeneration', () => {
  it.each([
    [[], 1000],
    [[10, 30], 1000],
    [[1000], 1001],
    [[5000, 7], 5001],
  ])('The purged generation of %j at 1000 is %j', (generations, purged) => {
    expect(
      purgedGeneration(
        generations.map((generation) => record('k', generation)),
        1000,
      ),
    ).toBe(purged)
  })
})

describe('scopeMembers', () => {
  it('The members of a scope are its keys, and no key without a scope.', () => {
    expect(scopeMembers('team', others).map(({ id }) => id)).toEqual(['a', 'b'])
    expect(scopeMembers(undefined, others)).toEqual([])
  })
})
