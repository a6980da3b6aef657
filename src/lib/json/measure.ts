/** How much a JSON text makes when it is parsed. */
export interface Weight {
  /** Objects, arrays, keys and scalars. */
  values: number
  depth: number
}

const QUOTE = 0x22
const BACKSLASH = 0x5c

/**
 * Weighs a JSON text without parsing it. A parsed value takes a few dozen bytes however short its text is, so 20 MiB of
 * `{},` would fill an isolate several times, while 20 MiB of one image take what they are.
 *
 * Strings are jumped over, so the time goes with the number of values. Malformed JSON gets some weight; parsing tells.
 */
export function weighJson(text: string): Weight {
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

/** Where the string that begins at `at` ends: at the next quote that no backslash takes away. */
function endOfString(text: string, at: number): number {
  for (let end = text.indexOf('"', at + 1); end !== -1; end = text.indexOf('"', end + 1)) {
    let backslashes = 0
    while (text.charCodeAt(end - 1 - backslashes) === BACKSLASH) backslashes++
    if (backslashes % 2 === 0) return end
  }
  return text.length
}
