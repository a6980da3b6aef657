import type { Env } from '../config.ts'
import { type Ask, listOwn } from '../ownership/lists.ts'
import type { WholeResponse } from '../upstream/response.ts'
import { allowedCatalogue } from './model-catalogue.ts'
import type { ProxyRequest } from './proxy-request.ts'

/** Makes a response of several of DashScope's, or of none. */
export type Assemble = (ask: Ask) => Promise<WholeResponse>

/**
 * How the response to a request is assembled, where DashScope's own would show what the caller may not see.
 *
 * @returns undefined where DashScope's own response serves.
 */
export function assemblyFor(env: Env, call: ProxyRequest, nowMs: number): Assemble | undefined {
  const { endpoint, principal } = call
  if (endpoint.ownership?.action === 'list') return (ask) => listOwn(env, call, ask, nowMs)
  const { policy } = principal
  if (endpoint.lists === 'catalogue' && (policy.models || policy.aliases)) {
    return (ask) => allowedCatalogue(policy, call, ask)
  }
  return undefined
}
