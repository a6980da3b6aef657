/** A 32-bit hash of a text (FNV-1a over UTF-16 units), used for the emulator's ids and vectors. Not cryptographic. */
export function digest(text: string): number {
  let hash = 0x811c9dc5
  for (let index = 0; index < text.length; index++) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193)
  }
  return hash >>> 0
}

/** A number of decimal digits derived from a text; the first one is not 0. */
export function digits(text: string, length: number): string {
  let out = ''
  for (let round = 0; out.length < length; round++) out += String(digest(`${round}:${text}`))
  return `1${out.slice(1, length)}`
}

/** A number of lower-case hex digits derived from a text. */
export function hex(text: string, length: number): string {
  let out = ''
  for (let round = 0; out.length < length; round++) {
    out += digest(`${round}:${text}`).toString(16).padStart(8, '0')
  }
  return out.slice(0, length)
}
