import { describe, expect, it } from 'vitest'
import { measureJson } from '../../../src/lib/json/measure.ts'

describe('measureJson', () => {
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
  ])('%s has %d values in %d levels.', (text, values, depth) => {
    expect(measureJson(text)).toEqual({ values, depth })
  })

  it('A large string is skipped, even one that ends in backslashes.', () => {
    const image = 'A'.repeat(5_000_000)
    expect(measureJson(JSON.stringify({ image, tail: '\\\\\\"' }))).toEqual({ values: 5, depth: 1 })
  })

  it('JSON bombs are counted.', () => {
    expect(measureJson(`[${'{},'.repeat(99_999)}{}]`)).toEqual({ values: 100_001, depth: 2 })
    expect(measureJson('['.repeat(50_000) + ']'.repeat(50_000))).toEqual({ values: 50_000, depth: 50_000 })
  })

  it('Measuring ends on a value that is not closed.', () => {
    expect(measureJson('{"a').values).toBe(2)
    expect(measureJson('"\\').values).toBe(1)
  })
})
