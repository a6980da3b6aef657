import type { Endpoint } from '../dashscope/endpoint.ts'
import { mayNameIds } from '../dashscope/request/named-ids.ts'
import type { JsonBody } from '../lib/json/body.ts'
import { refuseDuplicateKeys } from './duplicates.ts'
import { applyFrozen } from './frozen.ts'
import type { Principal } from './key-record.ts'
import { replaceAlias } from './model-names.ts'

/**
 * Prepares a JSON body for the checks of a policy: no key is repeated, an alias is replaced by its model, and the frozen
 * parts of a session token are inserted. This comes before the schema, because a page may leave out what the token fixes;
 * models and caps are checked afterwards. Without a restriction the text is not scanned: that costs as much as parsing.
 *
 * @param app the application that the path names.
 * @returns the body itself if nothing changes.
 * @throws GatewayError `invalid` for a repeated key, `denied` for a contradiction to the token.
 */
export function restrictBody(
  source: JsonBody,
  principal: Principal,
  endpoint: Endpoint,
  app: string | undefined,
): JsonBody {
  // What the action of a customization is decides whose it is.
  if (endpoint.customizes) refuseDuplicateKeys(source.outline)
  if (!refuseHiddenMembers(source, principal)) return source
  const { policy, token } = principal
  const resolved = replaceAlias(source, policy)
  return token?.frozen ? applyFrozen(resolved, token.frozen, endpoint, app) : resolved
}

/** Fields of a policy that depend on what a body says. */
const RESTRICTIONS = ['models', 'caps', 'limits', 'user_limits', 'aliases', 'fallbacks'] as const

/** Account-wide things and workspaces are checked for every key. */
function mayNameShared(text: string): boolean {
  return mayNameIds(text) || text.includes('"workspace"')
}

/**
 * Refuses a JSON text that repeats a key, wherever a check of the policy could then read another member than DashScope.
 *
 * @returns whether the text was looked at.
 * @throws GatewayError `invalid` for a repeated key.
 */
export function refuseHiddenMembers(source: JsonBody, { policy, token }: Principal): boolean {
  const isRestricted = token ?? RESTRICTIONS.some((name) => policy[name] !== undefined)
  if (!isRestricted && !mayNameShared(source.text)) return false
  refuseDuplicateKeys(source.outline)
  return true
}
