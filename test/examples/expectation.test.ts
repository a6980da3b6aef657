import { describe, expect, test } from 'vitest'
import { expectationIn, meets } from '../../examples/runner/expectation.ts'

describe('expectationIn', () => {
  test.each([
    ['# With the emulator it prints: 1+1 = 2\n', '1+1 = 2'],
    ['/**\n * One.\n * With the emulator it prints: {…"a"…}  \n */\n', '{…"a"…}'],
    ['# It prints nothing.\n', undefined],
  ])('The expectation in %j is read.', (source, expectation) => {
    expect(expectationIn(source)).toBe(expectation)
  })
})

describe('meets', () => {
  test.each([
    ['1+1 = 2', '1+1 = 2\n', true],
    ['1+1 = 2', '1+1 = 2\n3', false],
    ['1+1 = 2', '11 = 2', false],
    ['1+1 = 2', '', false],
    ['{…"a":1…}', '{"b":[\n],"a":1}', true],
    ['{…"a":1…}', '{"a":2}', false],
    ['first…second', 'second first', false],
    ['begins…', 'begins\nand goes on', true],
    ['begins…', 'it begins', false],
    ['(1)', '1', false],
  ])('Whether %j is met by %j: %s', (expectation, printed, met) => {
    expect(meets(expectation, printed)).toBe(met)
  })
})
