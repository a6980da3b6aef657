/** What `oss://` URLs of temporary uploads look like, in any case. */
const OSS_URL = /^oss:\/\/(.+)$/i

/**
 * The temporary uploads that a request names, as object names of DashScope's bucket. An upload belongs to the account, so any
 * key of the account could use its URL.
 *
 * @param body the parsed request.
 */
export function uploadsIn(body: unknown): string[] {
  const names = new Set<string>()
  const waiting: unknown[] = [body]
  while (waiting.length > 0) {
    const value = waiting.pop()
    if (typeof value === 'string') {
      const [, name] = OSS_URL.exec(value.trim()) ?? []
      if (name !== undefined) names.add(name)
    } else if (Array.isArray(value)) for (const each of value) waiting.push(each)
    else if (value !== null && typeof value === 'object') waiting.push(...Object.values(value))
  }
  return [...names]
}

/** The directories that an object may be in, deepest first; none for a name that leaves its directory. */
export function directoriesOf(name: string): string[] {
  const parts = name.split('/')
  if (parts.some((part) => part === '' || part === '.' || part === '..')) return []
  return parts.slice(1).map((_, index) => parts.slice(0, parts.length - 1 - index).join('/'))
}
