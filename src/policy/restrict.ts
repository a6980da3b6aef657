import type { Endpoint } from '../dashscope/endpoint.ts'
import type { JsonBody } from '../lib/json/body.ts'
import { refuseDuplicateKeys } from './duplicates.ts'
import { applyFrozen } from './frozen.ts'
import type { Principal } from './key-record.ts'
import { replaceAlias } from './model-names.ts'

/**
 * Found in the text of every body that names a file or a workspace, which are checked for every key. These names are
 * ASCII, so an escape can hide a letter of them only as `\u00`; escaped Chinese does not match.
 */
const SHARED_NAMES = ['file', 'workspace', '\\u00']

/**
 * Prepares a JSON body for the checks of a policy: no key is repeated, an alias is replaced by its model, and the frozen
 * parts of a session token are inserted. This comes before the schema, because a page may leave out what the token fixes;
 * models and caps are checked afterwards. Without a restriction the text is not scanned: that costs as much as parsing.
 *
 * @param id the `{id}` of the path.
 * @returns the body itself if nothing changes.
 * @throws GatewayError `invalid` for a repeated key, `denied` for a contradiction to the token.
 */
export function restrictBody(
  source: JsonBody,
  principal: Principal,
  endpoint: Endpoint,
  id: string | undefined,
): JsonBody {
  if (!refuseHiddenMembers(source, principal)) return source
  const { policy, token } = principal
  const resolved = replaceAlias(source, policy)
  return token?.frozen ? applyFrozen(resolved, token.frozen, endpoint, id) : resolved
}

/**
 * Refuses a JSON text that repeats a key, wherever a check of the policy could then read another member than DashScope.
 *
 * @returns whether the text was looked at.
 * @throws GatewayError `invalid` for a repeated key.
 */
export function refuseHiddenMembers(source: JsonBody, { policy, token }: Principal): boolean {
  const isRestricted =
    token ?? policy.models ?? policy.caps ?? policy.limits ?? policy.aliases ?? policy.fallbacks
  if (!isRestricted && !SHARED_NAMES.some((name) => source.text.includes(name))) return false
  refuseDuplicateKeys(source.outline)
  return true
}
