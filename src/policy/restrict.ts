import type { Endpoint } from '../dashscope/endpoint.ts'
import { refuseDuplicateKeys } from './duplicates.ts'
import { applyFrozen, type Source } from './frozen.ts'
import type { Principal } from './key-record.ts'

/**
 * What the text holds of every body that names a file or a workspace, which are judged whatever the key. All of these names
 * are ASCII, so an escape can hide a letter of them only as `\u00`; Chinese that a client escapes is not meant.
 */
const NAMES_OF_OTHERS = ['file', 'workspace', '\\u00']

/**
 * Makes a JSON body one that a policy can judge: no key stands twice, and the frozen parts of a session token are in it.
 * It comes before the schema, because a page may leave out what the token fixes; models and caps are checked after it.
 * Where nothing is judged, nothing is read: finding the keys costs as much as parsing.
 *
 * @param id what stands at `{id}` in the path.
 * @returns the source itself where nothing is restricted or nothing is to be added.
 * @throws GatewayError `invalid` for a key that stands twice, `denied` for what contradicts the token.
 */
export function restrictBody(
  source: Source,
  { policy, token }: Principal,
  endpoint: Endpoint,
  id: string | undefined,
): Source {
  const isRestricted = token ?? policy.models ?? policy.caps ?? policy.limits
  if (!isRestricted && !NAMES_OF_OTHERS.some((name) => source.text.includes(name))) return source
  refuseDuplicateKeys(source.text)
  return token?.frozen ? applyFrozen(source, token.frozen, endpoint, id) : source
}
