/** The directory of an upload has four parts, and a file's name may have a few more. */
const MAX_PARTS = 16

/**
 * The directories that an object of DashScope's bucket may be in, deepest first.
 *
 * @param name the object's name, which follows `oss://`.
 * @returns no directory for a name that could leave its directory, even if a server decodes it first.
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
