/** Searches for one fixed sequence of bytes; returned by {@link finderOf}. */
export type FindBytes = (bytes: Uint8Array, from: number) => number

/**
 * Prepares the search for a sequence of bytes (Horspool's algorithm: it examines about one byte per sequence length,
 * so the search is cheap even in hundreds of megabytes).
 *
 * @returns a function that returns the first index at or after `from`, or -1.
 */
export function finderOf(sought: Uint8Array): FindBytes {
  const last = sought.length - 1
  const skips = new Uint8Array(256).fill(sought.length)
  for (let at = 0; at < last; at += 1) skips[sought[at] ?? 0] = last - at
  return (bytes, from) => {
    for (let end = from + last; end < bytes.length; end += skips[bytes[end] ?? 0] ?? 1) {
      // Compares the last byte first, then from the beginning, so that one repeated letter in boundary and body is no
      // worst case.
      if (bytes[end] !== sought[last]) continue
      let at = 0
      while (at < last && bytes[end - last + at] === sought[at]) at += 1
      if (at === last) return end - last
    }
    return -1
  }
}
