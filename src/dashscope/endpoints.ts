import type { Dialect } from '../errors.ts'
import { canonicalPath } from './alias-paths.ts'
import { type Endpoint, matchPath, type PathNames } from './endpoint.ts'
import { ENDPOINTS } from './endpoint-table.ts'

/** The names allowed in a policy's `endpoints`. */
export const endpointNames: readonly string[] = ENDPOINTS.map((endpoint) => endpoint.name)

/**
 * The result of a lookup by method and path: an endpoint with the values in its path, a path that allows other
 * methods, or nothing.
 */
export type Found =
  | ({ kind: 'endpoint'; endpoint: Endpoint } & PathNames)
  | { kind: 'wrong-method'; allowed: readonly string[]; dialect: Dialect }
  | { kind: 'nothing' }

const exact = new Map<string, Endpoint>()
for (const endpoint of ENDPOINTS) {
  const { template, matcher } = endpoint.pattern
  if (!matcher) exact.set(`${endpoint.method} ${template}`, endpoint)
}

/**
 * Finds the row for a method and a path without query, resolving aliases. One trailing slash, which some clients of
 * DashScope send, is ignored.
 */
export function findEndpoint(method: string, path: string): Found {
  const plain = canonicalPath(path.length > 1 && path.endsWith('/') ? path.slice(0, -1) : path)
  const direct = exact.get(`${method} ${plain}`)
  if (direct) return { kind: 'endpoint', endpoint: direct, id: undefined, app: undefined }
  const allowed: string[] = []
  let dialect: Dialect = 'native'
  for (const endpoint of ENDPOINTS) {
    const match = matchPath(endpoint.pattern, plain)
    if (!match) continue
    if (endpoint.method === method) return { kind: 'endpoint', endpoint, ...match }
    allowed.push(endpoint.method)
    dialect = endpoint.dialect
  }
  return allowed.length > 0 ? { kind: 'wrong-method', allowed, dialect } : { kind: 'nothing' }
}

/** The error dialect that clients of a path expect, even if the path is not in the table. */
export function dialectOfPath(path: string): Dialect {
  const canonical = canonicalPath(path)
  if (/^\/(?:api\/v2\/apps\/agent\/[^/]*\/)?compatible-/.test(canonical)) return 'compatible'
  return canonical.startsWith('/apps/anthropic/') ? 'anthropic' : 'native'
}
