import { signal } from '@preact/signals'

/** The location in the console: the part of the URL after `#/`, which is not sent to any server. */
export interface Route {
  /** `requests/8f14` as `['requests', '8f14']`. */
  path: readonly string[]
  query: URLSearchParams
}

/** The current route. */
export const route = signal(readRoute(location.hash))

addEventListener('hashchange', () => {
  route.value = readRoute(location.hash)
})

/** Parses `#/requests/8f14?key=web`. */
export function readRoute(hash: string): Route {
  const [path = '', query = ''] = hash.replace(/^#\/?/, '').split('?', 2)
  return { path: path.split('/').filter(Boolean).map(decode), query: new URLSearchParams(query) }
}

/** The hash of a route, for links. */
export function hashOf(
  path: readonly string[],
  query: Record<string, string> | URLSearchParams = {},
): string {
  const filled = [...new URLSearchParams(query)].filter(([, value]) => value !== '')
  const search = filled.length > 0 ? `?${new URLSearchParams(filled)}` : ''
  return `#/${path.map(encodeURIComponent).join('/')}${search}`
}

/** Goes to a route with a new history entry. */
export function go(path: readonly string[], query: Record<string, string> | URLSearchParams = {}): void {
  location.hash = hashOf(path, query)
}

/**
 * Changes query parameters without a new history entry: filters belong in the URL, but not every keystroke in the
 * history.
 */
export function setQuery(changes: Record<string, string>): void {
  const { path, query } = route.peek()
  const changed = new URLSearchParams(query)
  for (const [name, value] of Object.entries(changes)) changed.set(name, value)
  replaceRoute(hashOf(path, changed))
}

/** Replaces the history entry, so that the previous URL is not in the browser's history. */
export function replaceRoute(hash: string): void {
  history.replaceState(null, '', hash)
  route.value = readRoute(hash)
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
