import type { Endpoint } from '../dashscope/endpoint.ts'
import { refuseDuplicateKeys } from './duplicates.ts'
import { applyFrozen, type Source } from './frozen.ts'
import type { Principal } from './record.ts'

/**
 * Makes a JSON body one that a policy can judge: no key stands twice, and the frozen parts of a session token are in it.
 * It comes before the schema, because a page may leave out what the token fixes; models and caps are checked after it.
 *
 * @param id what stands at `{id}` in the path.
 * @returns the source itself where nothing is restricted or nothing is to be added.
 * @throws GatewayError `invalid` for a key that stands twice, `denied` for what contradicts the token.
 */
export function restrictBody(
  source: Source,
  { key, token }: Principal,
  endpoint: Endpoint,
  id: string | undefined,
): Source {
  if (!token && !key.models && !key.caps) return source
  refuseDuplicateKeys(source.text)
  return token?.frozen ? applyFrozen(source, token.frozen, endpoint, id) : source
}
