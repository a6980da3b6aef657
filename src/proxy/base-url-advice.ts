/**
 * Path suffixes that clients append to their base URL, and the base URL under which they are endpoints; the first
 * match counts. In rows with an empty base URL, the client's base URL is right, whether or not the endpoint exists.
 */
const TAILS: readonly (readonly [tail: RegExp, baseUrl: string])[] = [
  [/^\/(api|apps\/anthropic)\/v1\/(.+\/)?(models|files)$/, ''],
  // DashScope does not have Anthropic's batches, at any base URL.
  [/^(\/apps\/anthropic)?(\/v1)?\/messages\/batches$/, ''],
  [
    /\/(chat\/completions|images\/(?:generations|edits)|audio\/(?:speech|transcriptions))$/,
    '/compatible-mode/v1',
  ],
  [/\/(completions|embeddings|responses|conversations|models|files|batches|videos)$/, '/compatible-mode/v1'],
  [/\/v1\/messages$/, '/apps/anthropic'],
  [/\/messages$/, '/apps/anthropic/v1'],
  [/\/services\/.+/, '/api/v1'],
]

const ENDPOINTS_PAGE =
  "DashScope's paths begin with /api/v1, /compatible-mode/v1, /compatible-api/v1, /api-ws/v1 or /apps/anthropic/v1; docs/endpoints.md lists them."

/**
 * Guesses which endpoint an unknown path was meant for; usually the client's base URL is wrong. A known path is returned
 * unchanged.
 */
export function meantPath(path: string): string {
  return baseUrlAt(withoutEmptySegments(path)).join('')
}

/** Advice for a path that is not served, in one sentence. */
export function adviceAt(path: string): string {
  const plain = withoutEmptySegments(path)
  const [baseUrl] = baseUrlAt(plain)
  const isEndpoint = meantPath(plain) === plain
  if (plain !== path && isEndpoint) {
    return 'The path contains "//": remove the "/" at the end of the client\'s base URL.'
  }
  if (isEndpoint) return ENDPOINTS_PAGE
  return `Set the client's base URL to …${baseUrl}.`
}

/**
 * A base URL that ends in "/" makes `//`. Such a path is not served: a policy must not depend on how a path is
 * written.
 */
function withoutEmptySegments(path: string): string {
  return path.replace(/\/{2,}/g, '/')
}

function baseUrlAt(path: string): [baseUrl: string, tail: string] {
  for (const [tail, baseUrl] of TAILS) {
    const found = tail.exec(path)
    if (found) return [baseUrl, found[0]]
  }
  return ['', path]
}
