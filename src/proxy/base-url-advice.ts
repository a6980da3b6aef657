/**
 * What clients put behind their base URL, and the base URL that makes an endpoint of it; the first that fits counts. In the
 * first row nothing is wrong: the base URL of a client that lists models is right, there is no such endpoint.
 */
const TAILS: readonly (readonly [tail: RegExp, baseUrl: string])[] = [
  [/^\/(api|apps\/anthropic)\/v1\/(.+\/)?models$/, ''],
  [/\/(chat\/completions|embeddings|responses|models)$/, '/compatible-mode/v1'],
  [/\/v1\/messages$/, '/apps/anthropic'],
  [/\/messages$/, '/apps/anthropic/v1'],
  [/\/services\/.+/, '/api/v1'],
]

/**
 * The path that somebody means who asks at one where nothing is: mostly the client's base URL is another server's, or lacks
 * its path. Whoever asks for an endpoint means that one.
 */
export function meantPath(path: string): string {
  return baseUrlAt(path).join('')
}

/** What somebody should do who asked at a path where nothing is, in one sentence. */
export function adviceAt(path: string): string {
  if (meantPath(path) === path) return 'The endpoints are listed in the README.'
  return `Set the client's base URL to …${baseUrlAt(path)[0]}.`
}

function baseUrlAt(path: string): [baseUrl: string, tail: string] {
  for (const [tail, baseUrl] of TAILS) {
    const found = tail.exec(path)
    if (found) return [baseUrl, found[0]]
  }
  return ['', path]
}
