import { expect, it } from 'vitest'
import { parseExactly } from '../../../src/lib/json/exact.ts'

it.each([
  '{"a":12345678901234567890}',
  '[1.0,1e2,-0.50,9007199254740993]',
  '{"a":[{"b":-1.10}],"c":"12345678901234567890"}',
  '{"a":1,"b":"x: 1.0","c":null}',
])('%s is written as it was read.', (text) => {
  expect(JSON.stringify(parseExactly(text))).toBe(text)
})

it('Ordinary numbers become numbers.', () => {
  expect(parseExactly('{"a":1,"b":0.5}')).toEqual({ a: 1, b: 0.5 })
})
