import type { Endpoint } from '../dashscope/endpoint.ts'
import type { JsonBody } from '../lib/json/body.ts'
import { isJsonObject } from '../lib/json/object.ts'
import type { Outline } from '../lib/json/outline.ts'
import { type Additions, membersOf, memberText, prepend, replaceEmpty } from '../lib/json/splice.ts'
import { contradiction, frozenMembers } from './frozen-parameters.ts'
import { freezeSystem } from './frozen-system.ts'
import type { Frozen } from './key-record.ts'

/**
 * Inserts the frozen parts of a session token into a body. Missing parts are inserted into the text, and every other
 * byte stays (a documented exception to promise P1).
 *
 * @param source a body without duplicate keys, before validation by the schema.
 * @param app the application in the path.
 * @returns the same body if nothing is added.
 * @throws GatewayError `denied`, naming the field that contradicts the token, or that the endpoint does not have.
 */
export function applyFrozen(
  source: JsonBody,
  frozen: Frozen,
  endpoint: Endpoint,
  app: string | undefined,
): JsonBody {
  const { value: body, outline } = source
  if (!isJsonObject(body)) return source
  if (endpoint.model === 'none') return refuseWithoutModel(source, frozen, endpoint)
  const { members, splices }: Additions = { members: [], splices: [] }
  if (frozen.model !== undefined) members.push(...freezeModel(body, frozen.model, endpoint, app))
  for (const addition of [
    frozen.system === undefined ? undefined : freezeSystem(outline, body, frozen.system, endpoint),
    freezeParameters(outline, body, frozen.parameters ?? {}, endpoint),
  ]) {
    members.push(...(addition?.members ?? []))
    splices.push(...(addition?.splices ?? []))
  }
  if (members.length > 0) splices.push(prepend(outline, 0, members))
  return source.spliced(splices)
}

/**
 * A body without a model has no place for a frozen model or parameters; they apply when a model is called later. It
 * may contain messages, so it is refused if a system message is frozen.
 */
function refuseWithoutModel(source: JsonBody, { system }: Frozen, endpoint: Endpoint): JsonBody {
  if (system !== undefined) freezeSystem(source.outline, {}, system, endpoint)
  return source
}

/** An application is named in the path, and its body has no model. */
function freezeModel(
  body: Record<string, unknown>,
  model: string,
  endpoint: Endpoint,
  app: string | undefined,
): string[] {
  const isInPath = endpoint.model === 'path'
  const asked = isInPath ? `app:${app}` : body.model
  if (asked === model) return []
  if (isInPath || Object.hasOwn(body, 'model')) throw contradiction('model', model)
  return [memberText('model', model)]
}

function freezeParameters(
  outline: Outline,
  body: Record<string, unknown>,
  parameters: NonNullable<Frozen['parameters']>,
  endpoint: Endpoint,
): Additions {
  const pieces = frozenMembers(parameters, endpoint, body).map(([name, value]) => memberText(name, value))
  if (pieces.length === 0) return { members: [], splices: [] }
  if (endpoint.dialect !== 'native') return { members: pieces, splices: [] }
  const node = membersOf(outline, 0).get('parameters')
  const own = body.parameters
  if (node === undefined) return { members: [`"parameters":{${pieces.join(',')}}`], splices: [] }
  if (isJsonObject(own)) return { members: [], splices: [prepend(outline, node, pieces)] }
  // PHP writes an empty array for an empty object, and null means no parameters; the schema refuses everything else.
  const isEmpty = own === null || (Array.isArray(own) && own.length === 0)
  return { members: [], splices: isEmpty ? [replaceEmpty(outline, node, `{${pieces.join(',')}}`)] : [] }
}
