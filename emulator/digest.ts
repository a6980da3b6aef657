/**
 * Takes a text; returns a 32-bit unsigned number that is the same for the same text (FNV-1a over UTF-16 units).
 * The emulator's made-up ids and vectors depend on it; it protects nothing.
 */
export function digest(text: string): number {
  let hash = 0x811c9dc5
  for (let index = 0; index < text.length; index++) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193)
  }
  return hash >>> 0
}

/** Takes a text and a length; returns that many decimal digits drawn from the text, the first one not 0. */
export function digits(text: string, length: number): string {
  let out = ''
  for (let round = 0; out.length < length; round++) out += String(digest(`${round}:${text}`))
  return `1${out.slice(1, length)}`
}

/** Takes a text and a length; returns that many lower-case hex digits drawn from the text. */
export function hex(text: string, length: number): string {
  let out = ''
  for (let round = 0; out.length < length; round++) {
    out += digest(`${round}:${text}`).toString(16).padStart(8, '0')
  }
  return out.slice(0, length)
}
