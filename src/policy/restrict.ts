import type { Endpoint } from '../dashscope/endpoint.ts'
import { mentionOf } from '../dashscope/request/named-ids.ts'
import type { JsonBody } from '../lib/json/body.ts'
import { refuseDuplicateKeys } from './duplicates.ts'
import { applyFrozen } from './frozen.ts'
import type { Principal } from './key-record.ts'
import { replaceAlias } from './model-names.ts'

/**
 * Prepares a JSON body for the checks of a policy: refuses duplicate keys, replaces an alias by its model, and
 * inserts the frozen parts of a session token. This precedes the schema, because a page may leave out frozen parts;
 * models and caps are checked afterwards. Without restrictions the text is not scanned, which would cost as much as
 * parsing.
 *
 * @param app the application in the path.
 * @returns the same body if nothing changes.
 * @throws GatewayError `invalid` for a duplicate key, `denied` for a contradiction to the token.
 */
export function restrictBody(
  source: JsonBody,
  principal: Principal,
  endpoint: Endpoint,
  app: string | undefined,
): JsonBody {
  // The action of a customization decides which ownership check applies.
  if (endpoint.customizes) refuseDuplicateKeys(source.outline)
  if (!refuseHiddenMembers(source, principal)) return source
  const { policy, token } = principal
  const resolved = replaceAlias(source, policy)
  return token?.frozen ? applyFrozen(resolved, token.frozen, endpoint, app) : resolved
}

/** Fields of a policy that depend on the content of a body. */
const RESTRICTIONS = ['models', 'caps', 'limits', 'user_limits', 'aliases', 'fallbacks'] as const

/** Account-wide objects and workspaces are checked for every key. */
const MENTION = mentionOf(['workspace'])

/**
 * Refuses a JSON text with duplicate keys if a policy check could then read another member than DashScope.
 *
 * @returns whether the text was scanned.
 * @throws GatewayError `invalid` for a duplicate key.
 */
export function refuseHiddenMembers(source: JsonBody, { policy, token }: Principal): boolean {
  const isRestricted = token ?? RESTRICTIONS.some((name) => policy[name] !== undefined)
  if (!isRestricted && !MENTION.test(source.text)) return false
  refuseDuplicateKeys(source.outline)
  return true
}
