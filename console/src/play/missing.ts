/**
 * Paths of the values of one JSON value that another one does not have. Elements of a list may be in another order;
 * null counts as nothing.
 */
export function missingIn(value: unknown, other: unknown, path = ''): string[] {
  if (value === other || value === null || value === undefined) return []
  if (typeof value !== 'object') return [path]
  const isList = Array.isArray(value)
  if (typeof other !== 'object' || other === null || Array.isArray(other) !== isList) {
    return Object.keys(value).length > 0 ? [path] : []
  }
  return Object.entries(value).flatMap(([name, inner]) => {
    const others = Object.entries(other)
    if (!isList) {
      const same = others.find(([known]) => known === name)?.[1]
      return missingIn(inner, same, path === '' ? name : `${path}.${name}`)
    }
    const isThere = others.some(([, each]) => missingIn(inner, each).length === 0)
    return isThere ? [] : missingIn(inner, Object(other)[name], `${path}[]`)
  })
}
