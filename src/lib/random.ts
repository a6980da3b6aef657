/** Random bytes as hexadecimal digits, two per byte. */
export function randomHex(bytes: number): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(bytes)), (byte) =>
    byte.toString(16).padStart(2, '0'),
  ).join('')
}

const ID_CHARACTERS = 'abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789'

/**
 * A new id: the prefix and 22 characters, about 127 random bits. The modulo is slightly biased, since 256 is not a
 * multiple of 56; for ids that does not matter.
 */
export function makeId(prefix: string): string {
  const bytes = crypto.getRandomValues(new Uint8Array(22))
  return `${prefix}_${Array.from(bytes, (byte) => ID_CHARACTERS[byte % ID_CHARACTERS.length]).join('')}`
}
