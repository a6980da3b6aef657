/**
 * Further addresses of endpoints, which go upstream as the canonical address. An alias holds for its path and everything
 * below it.
 */
const ALIASES: readonly (readonly [alias: string, canonical: string])[] = [
  // The base of the Responses API in older pages and in the samples of the model market.
  ['/api/v2/apps/protocols/compatible-mode/v1/responses', '/compatible-mode/v1/responses'],
  ['/api/v2/apps/protocols/compatible-mode/v1/conversations', '/compatible-mode/v1/conversations'],
  // The earlier address of the Anthropic-compatible API, which some clients still use.
  ['/api/v2/apps/claude-code-proxy/v1/messages', '/apps/anthropic/v1/messages'],
  // Python's SDK 2.x appends `/systemone` to the native base URL that it is given.
  ['/api/v1/systemone', '/compatible-mode/v1/systemone'],
]

/** How the paths below an alias begin; every request is compared with these. */
const BELOW = ALIASES.map(([alias, canonical]) => ({ alias, below: `${alias}/`, canonical }))

/** The canonical form of a path; a path that is not an alias is returned unchanged. */
export function canonicalPath(path: string): string {
  const found = BELOW.find(({ alias, below }) => path === alias || path.startsWith(below))
  return found ? found.canonical + path.slice(found.alias.length) : path
}
