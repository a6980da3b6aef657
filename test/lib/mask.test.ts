import { describe, expect, it } from 'vitest'
import { maskCredentials, maskCutCredentials } from '../../src/lib/mask.ts'

const KEY = 'sk-0123456789abcdef'

describe('credentials in texts', () => {
  it.each([
    ['a key between words', `the key ${KEY} of`, 'the key sk-… of'],
    ['a key after a line break in JSON', JSON.stringify(`key:\n${KEY}`), String.raw`"key:\nsk-…"`],
    ['a key after an escape in JSON within JSON', String.raw`\\n${KEY}"`, String.raw`\\nsk-…"`],
    ['a key after a character written as an escape', String.raw`\u003c${KEY}`, String.raw`\u003csk-…`],
    ['a word that ends like a prefix', 'risk-0123456789abcdef', 'risk-0123456789abcdef'],
    ['a short word', 'sk-learn', 'sk-learn'],
  ])('Each is cut to its prefix: %s.', (_, text, masked) => {
    expect(maskCredentials(text)).toBe(masked)
  })

  it.each([
    ['end', `the key ${KEY.slice(0, 8)}`, 'the key sk-…'],
    ['end', `the key ${KEY}`, 'the key sk-…'],
    ['end', 'no key', 'no key'],
    ['beginning', `${KEY.slice(5)} is the key`, ' is the key'],
    ['beginning', ` ${KEY} is the key`, ' sk-… is the key'],
  ] as const)(
    'Where the %s of a text is missing, no part of a credential is left: %s.',
    (missing, text, masked) => {
      expect(maskCutCredentials(text, missing)).toBe(masked)
    },
  )
})
