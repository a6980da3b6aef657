/**
 * How a client's path ends, and the base URL that makes it an endpoint; the first match counts. The first row has no advice:
 * the base URL of these clients is right, but the endpoint does not exist.
 */
const TAILS: readonly (readonly [tail: RegExp, baseUrl: string])[] = [
  [/^\/(api|apps\/anthropic)\/v1\/(.+\/)?models$/, ''],
  [/\/(chat\/completions|embeddings|responses|models)$/, '/compatible-mode/v1'],
  [/\/v1\/messages$/, '/apps/anthropic'],
  [/\/messages$/, '/apps/anthropic/v1'],
  [/\/services\/.+/, '/api/v1'],
]

const ENDPOINTS_PAGE =
  "DashScope's paths begin with /api/v1, /compatible-mode/v1, /compatible-api/v1 or /apps/anthropic/v1; docs/endpoints.md lists them."

/**
 * Guesses which endpoint an unknown path was meant for; usually the client's base URL is wrong or lacks its path. The path of
 * an endpoint is returned unchanged.
 */
export function meantPath(path: string): string {
  return baseUrlAt(path).join('')
}

/** One sentence that says what to do about an unknown path. */
export function adviceAt(path: string): string {
  if (meantPath(path) === path) return ENDPOINTS_PAGE
  return `Set the client's base URL to …${baseUrlAt(path)[0]}.`
}

function baseUrlAt(path: string): [baseUrl: string, tail: string] {
  for (const [tail, baseUrl] of TAILS) {
    const found = tail.exec(path)
    if (found) return [baseUrl, found[0]]
  }
  return ['', path]
}
