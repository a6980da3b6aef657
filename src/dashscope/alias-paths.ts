/**
 * Alternative paths of endpoints; requests go upstream under the canonical path. An alias covers its path and
 * everything below it.
 */
const ALIASES: readonly (readonly [alias: string, canonical: string])[] = [
  // The base of the Responses API in older pages and in the samples of the model market.
  ['/api/v2/apps/protocols/compatible-mode/v1/responses', '/compatible-mode/v1/responses'],
  ['/api/v2/apps/protocols/compatible-mode/v1/conversations', '/compatible-mode/v1/conversations'],
  // The earlier path of the Anthropic-compatible API, which some clients still use.
  ['/api/v2/apps/claude-code-proxy/v1/messages', '/apps/anthropic/v1/messages'],
  // Python's SDK 2.x appends `/systemone` to the configured native base URL.
  ['/api/v1/systemone', '/compatible-mode/v1/systemone'],
]

/** The prefixes of paths below an alias; every request is compared with them. */
const BELOW = ALIASES.map(([alias, canonical]) => ({ alias, below: `${alias}/`, canonical }))

/** The canonical form of a path; other paths are returned unchanged. */
export function canonicalPath(path: string): string {
  const found = BELOW.find(({ alias, below }) => path === alias || path.startsWith(below))
  return found ? found.canonical + path.slice(found.alias.length) : path
}
