/** A path with at most one `{id}` in it, split at that place. */
export interface PathPattern {
  prefix: string
  suffix: string
  hasId: boolean
}

/** Letters, digits and `._-`, as DashScope's task, file and app ids are; nothing that could climb out of its segment. */
const ID = /^(?!\.{1,2}$)[\w.-]{1,128}$/

/** Splits `/api/v1/tasks/{id}/cancel` at its id. */
export function pathPattern(path: string): PathPattern {
  const [prefix = path, suffix] = path.split('{id}')
  return { prefix, suffix: suffix ?? '', hasId: suffix !== undefined }
}

/** Whether a path fits a pattern, and which id stands in it. */
export function matchPath(pattern: PathPattern, path: string): { id: string | undefined } | undefined {
  if (!pattern.hasId) return path === pattern.prefix ? { id: undefined } : undefined
  if (!path.startsWith(pattern.prefix) || !path.endsWith(pattern.suffix)) return undefined
  const id = path.slice(pattern.prefix.length, path.length - pattern.suffix.length)
  return ID.test(id) ? { id } : undefined
}
