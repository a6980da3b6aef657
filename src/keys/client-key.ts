import { createHash } from 'node:crypto'

/** 32 base62 characters are 190 random bits: they cannot be guessed, so the stored hash needs no salt. */
const CLIENT_KEY_RANDOM_CHARACTERS = 32

/** The fewest base62 characters that hold any CRC-32 (62^6 > 2^32). */
const CLIENT_KEY_CHECKSUM_CHARACTERS = 6

/** The prefix of client keys. */
export const CLIENT_KEY_PREFIX = 'dse_'
const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
const WELL_FORMED = new RegExp(
  `^${CLIENT_KEY_PREFIX}[0-9A-Za-z]{${CLIENT_KEY_RANDOM_CHARACTERS + CLIENT_KEY_CHECKSUM_CHARACTERS}}$`,
)

/**
 * Bytes from this value on are drawn again: 256 is not a multiple of 62, and the modulo would favour the first
 * letters.
 */
const FIRST_UNFAIR_BYTE = 256 - (256 % ALPHABET.length)

/**
 * A new client key: `dse_`, 32 random base62 characters, and a checksum of 6 characters over everything before.
 * Secret scanners find a leaked key by its prefix, and the checksum reveals a mistyped key without a lookup (GitHub's
 * token format, 2021).
 */
export function makeClientKey(): string {
  let body = CLIENT_KEY_PREFIX
  while (body.length < CLIENT_KEY_PREFIX.length + CLIENT_KEY_RANDOM_CHARACTERS) {
    const [byte = FIRST_UNFAIR_BYTE] = crypto.getRandomValues(new Uint8Array(1))
    if (byte < FIRST_UNFAIR_BYTE) body += ALPHABET.charAt(byte % ALPHABET.length)
  }
  return body + checksum(body)
}

/** Whether a text has the format and checksum of a client key. The key may still be unknown. */
export function isWellFormed(key: string): boolean {
  if (!WELL_FORMED.test(key)) return false
  const body = key.slice(0, -CLIENT_KEY_CHECKSUM_CHARACTERS)
  return key === body + checksum(body)
}

/** The SHA-256 of a key in hexadecimal digits: stored instead of the key. */
export function hashClientKey(key: string): string {
  return createHash('sha256').update(key).digest('hex')
}

function checksum(text: string): string {
  let rest = crc32(text)
  let digits = ''
  while (digits.length < CLIENT_KEY_CHECKSUM_CHARACTERS) {
    digits = ALPHABET.charAt(rest % ALPHABET.length) + digits
    rest = Math.floor(rest / ALPHABET.length)
  }
  return digits
}

/** CRC-32 of an ASCII text (RFC 1952 section 8), without a table, since 36 characters are few. */
function crc32(text: string): number {
  let remainder = 0xffffffff
  for (let index = 0; index < text.length; index++) {
    remainder ^= text.charCodeAt(index)
    for (let bit = 0; bit < 8; bit++) remainder = (remainder >>> 1) ^ (remainder & 1 ? 0xedb88320 : 0)
  }
  return (remainder ^ 0xffffffff) >>> 0
}
