import { createHash } from 'node:crypto'
import { crc32 } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { hashClientKey, isWellFormed, makeClientKey } from '../../src/keys/client-key.ts'

describe('makeClientKey', () => {
  it('Keys are well formed and all different.', () => {
    const keys = Array.from({ length: 200 }, makeClientKey)
    expect(new Set(keys).size).toBe(200)
    for (const key of keys) {
      expect(key).toMatch(/^dse_[0-9A-Za-z]{38}$/)
      expect(isWellFormed(key)).toBe(true)
    }
  })

  it('Keys are drawn from all 62 characters.', () => {
    const letters = new Set(
      Array.from({ length: 200 }, makeClientKey).flatMap((key) => [...key.slice(4, 36)]),
    )
    expect(letters.size).toBe(62)
  })

  it('A key ends in the CRC-32 of its first part, in base62.', () => {
    const alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
    const key = makeClientKey()
    const value = [...key.slice(-6)].reduce((sum, letter) => sum * 62 + alphabet.indexOf(letter), 0)
    expect(value).toBe(crc32(key.slice(0, -6)))
  })
})

describe('isWellFormed', () => {
  const key = makeClientKey()
  const swapped = `${key.slice(0, 10)}${key.charAt(10) === 'a' ? 'b' : 'a'}${key.slice(11)}`

  it.each([
    ['nothing', ''],
    ['the prefix alone', 'dse_'],
    ['a character wrong', swapped],
    ['a character short', key.slice(0, -1)],
    ['a character long', `${key}0`],
    ['a line break behind', `${key}\n`],
    ['a blank before', ` ${key}`],
    ['another prefix', key.replace('dse_', 'dsx_')],
    ['another case', key.toUpperCase()],
    ['a letter beyond ASCII', `${key.slice(0, -1)}é`],
    ['a megabyte', 'dse_'.repeat(250_000)],
  ])('A key with %s is not well formed.', (_, text) => {
    expect(isWellFormed(text)).toBe(false)
  })
})

describe('hashClientKey', () => {
  it('The hash is the SHA-256 in hexadecimal digits.', () => {
    expect(hashClientKey('dse_abc')).toBe(createHash('sha256').update('dse_abc').digest('hex'))
  })
})
