/** An upload's directory has four path segments, and the file name may add a few. */
const MAX_PARTS = 16

/**
 * The directories that contain an object of DashScope's bucket, deepest first.
 *
 * @param name the object's name, after `oss://`.
 * @returns an empty list for a name that could escape its directory, even after decoding.
 */
export function directoriesOf(name: string): string[] {
  const parts = name.split('/')
  if (parts.length > MAX_PARTS || name.includes('\\') || parts.some(leaves)) return []
  return parts.slice(1).map((_, index) => parts.slice(0, parts.length - 1 - index).join('/'))
}

function leaves(part: string): boolean {
  const decoded = part.replaceAll(/%2e/gi, '.')
  return decoded === '' || decoded === '.' || decoded === '..' || /%(?:2f|5c)/i.test(part)
}
