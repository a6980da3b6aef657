/**
 * What clients put behind their base URL, and the base URL that makes an endpoint of it; the first that fits counts. In the
 * first row nothing is wrong: the base URL of an Anthropic client that lists models is right, there is no such endpoint.
 */
const TAILS: readonly (readonly [tail: string, baseUrl: string])[] = [
  ['/apps/anthropic/v1/models', ''],
  ['/chat/completions', '/compatible-mode/v1'],
  ['/embeddings', '/compatible-mode/v1'],
  ['/responses', '/compatible-mode/v1'],
  ['/models', '/compatible-mode/v1'],
  ['/v1/messages', '/apps/anthropic'],
  ['/messages', '/apps/anthropic/v1'],
]

/**
 * What somebody should do who asked at a path where nothing is: mostly the client's base URL is another server's, or lacks
 * its path.
 *
 * @returns one sentence.
 */
export function adviceAt(path: string): string {
  const [tail, baseUrl] = TAILS.find(([tail]) => path.endsWith(tail)) ?? ['', path]
  if (baseUrl + tail === path) return 'The endpoints are listed in the README.'
  return `Set the client's base URL to …${baseUrl}.`
}
