import type { Env } from '../config.ts'
import { GatewayError } from '../errors.ts'
import { listCustomized } from '../ownership/customized-list.ts'
import { type AskAccount, listOwn } from '../ownership/lists.ts'
import { responseOfParts } from '../ownership/response-of-parts.ts'
import type { Policy } from '../policy/key-record.ts'
import { mayUseModel } from '../policy/policy.ts'
import type { WholeResponse } from '../upstream/response.ts'
import { allowedCatalogue } from './model-catalogue.ts'
import { aliasRow } from './model-list.ts'
import type { ProxyRequest } from './proxy-request.ts'

/** Assembles a response from several of DashScope's, or from none. */
export type Assemble = (ask: AskAccount) => Promise<WholeResponse>

/**
 * How to assemble the response to a request if DashScope's own would contain what the caller may not see.
 *
 * @returns undefined if DashScope's response can be relayed.
 */
export function assemblyFor(env: Env, call: ProxyRequest, nowMs: number): Assemble | undefined {
  const { endpoint, principal } = call
  if (endpoint.customizes && endpoint.ownership?.action === 'list') {
    const { kind } = endpoint.ownership
    return (ask) => listCustomized(env, kind, call, ask)
  }
  if (endpoint.ownership?.action === 'list') return (ask) => listOwn(env, call, ask, nowMs)
  const { policy } = principal
  if (endpoint.lists === 'catalogue' && (policy.models || policy.aliases)) {
    return (ask) => allowedCatalogue(policy, call, ask)
  }
  if (endpoint.lists === 'model' && call.id !== undefined) return assemblyOfModel(policy, call.id)
  return undefined
}

/** The gateway describes aliases itself; a model that the key may not use is reported as unknown. */
function assemblyOfModel(policy: Policy, model: string): Assemble | undefined {
  if (policy.aliases && Object.hasOwn(policy.aliases, model)) {
    return () => responseOfParts(async () => aliasRow(model))
  }
  if (mayUseModel(policy, model)) return undefined
  throw new GatewayError('notFound', `There is no model "${model}" that this key may use.`, {
    param: 'model',
  })
}
