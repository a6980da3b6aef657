import { describe, expect, it } from 'vitest'
import { weighJson } from '../../../src/lib/json/measure.ts'

describe('weighJson', () => {
  it.each([
    ['null', 1, 0],
    ['-1.5e3', 1, 0],
    ['""', 1, 0],
    ['"a, b: [c] {d} \\" \\\\"', 1, 0],
    ['"\\\\"', 1, 0],
    ['[]', 1, 1],
    ['[1,2,3]', 4, 1],
    [' [ 1 , true , "x" ] ', 4, 1],
    ['{"a":1}', 3, 1],
    ['{"a":{"b":[null]}}', 6, 3],
    ['[[],[]]', 3, 2],
    ['{"a":"x","b":"y"}', 5, 1],
  ])('%s has %d values in %d levels', (text, values, depth) => {
    expect(weighJson(text)).toEqual({ values, depth })
  })

  it('jumps over a large string, also one that ends in backslashes', () => {
    const image = 'A'.repeat(5_000_000)
    expect(weighJson(JSON.stringify({ image, tail: '\\\\\\"' }))).toEqual({ values: 5, depth: 1 })
  })

  it('counts bombs', () => {
    expect(weighJson(`[${'{},'.repeat(99_999)}{}]`)).toEqual({ values: 100_001, depth: 2 })
    expect(weighJson('['.repeat(50_000) + ']'.repeat(50_000))).toEqual({ values: 50_000, depth: 50_000 })
  })

  it('ends on what is not closed', () => {
    expect(weighJson('{"a').values).toBe(2)
    expect(weighJson('"\\').values).toBe(1)
  })
})
