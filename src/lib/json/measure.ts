import { BACKSLASH, QUOTE } from './characters.ts'

/** The size of a JSON text after parsing. */
export interface JsonSize {
  /** Objects, arrays, keys and scalars. */
  values: number
  depth: number
}

/**
 * Measures a JSON text without parsing it. Each parsed value takes a few dozen bytes, however short its text, so 20
 * MiB of `{},` would fill an isolate several times over, while 20 MiB of one image take 20 MiB.
 *
 * Strings are skipped, so the time depends on the number of values. Malformed JSON gets an arbitrary size; the parser
 * rejects it later.
 */
export function measureJson(text: string): JsonSize {
  let values = 0
  let depth = 0
  let deepest = 0
  let isBetween = true
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at)
    if (unit === QUOTE) {
      values++
      at = endOfString(text, at)
      isBetween = true
    } else if (unit === 0x5b || unit === 0x7b) {
      values++
      depth++
      if (depth > deepest) deepest = depth
      isBetween = true
    } else if (unit === 0x5d || unit === 0x7d) {
      depth--
      isBetween = true
    } else if (unit <= 0x20 || unit === 0x2c || unit === 0x3a) {
      isBetween = true
    } else if (isBetween) {
      values++
      isBetween = false
    }
  }
  return { values, depth: deepest }
}

/** The end of the string that begins at `at`: the next unescaped quote. */
function endOfString(text: string, at: number): number {
  for (let end = text.indexOf('"', at + 1); end !== -1; end = text.indexOf('"', end + 1)) {
    let backslashes = 0
    while (text.charCodeAt(end - 1 - backslashes) === BACKSLASH) backslashes++
    if (backslashes % 2 === 0) return end
  }
  return text.length
}
