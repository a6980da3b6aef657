/** Finds a sequence of bytes; made once for each sequence. */
export type FindBytes = (bytes: Uint8Array, from: number) => number

/**
 * Prepares the search for a sequence of bytes (Horspool's algorithm: it looks at about one byte for each length of the
 * sequence, so the search costs little even in a body of hundreds of megabytes).
 *
 * @returns a function that returns the first place at or after `from`, or -1.
 */
export function finderOf(sought: Uint8Array): FindBytes {
  const last = sought.length - 1
  const skips = new Uint8Array(256).fill(sought.length)
  for (let at = 0; at < last; at += 1) skips[sought[at] ?? 0] = last - at
  return (bytes, from) => {
    for (let end = from + last; end < bytes.length; end += skips[bytes[end] ?? 0] ?? 1) {
      let back = 0
      while (back <= last && bytes[end - back] === sought[last - back]) back += 1
      if (back > last) return end - last
    }
    return -1
  }
}
