import type { Endpoint } from '../dashscope/endpoint.ts'
import { GatewayError } from '../errors.ts'
import { isJsonObject } from '../lib/json/object.ts'
import { type Outline, readOutline } from '../lib/json/outline.ts'
import { type Additions, membersOf, memberText, prepend, replaceEmpty, spliced } from '../lib/json/splice.ts'
import { ALL_LENGTH_FIELDS } from './caps.ts'
import { freezeSystem } from './frozen-system.ts'
import type { Frozen } from './key-record.ts'

/** A request's body as it came. */
export interface Source {
  bytes: Uint8Array<ArrayBuffer>
  /** The same as text, without a byte order mark. */
  text: string
  /** The same parsed. */
  body: unknown
}

const BYTE_ORDER_MARK = [0xef, 0xbb, 0xbf]

/**
 * A body with the frozen parts of a session token in it. What the caller left out is written into the source text, and
 * every other byte stays as it came (the one exception to promise P1).
 *
 * @param source no key stands twice in it.
 * @param id what stands at `{id}` in the path.
 * @returns the source itself where nothing is to be added; the schema has yet to check either.
 * @throws GatewayError `denied` naming the field that contradicts the token, or that its endpoint has no place for.
 */
export function applyFrozen(
  source: Source,
  frozen: Frozen,
  endpoint: Endpoint,
  id: string | undefined,
): Source {
  const { text, body } = source
  if (!isJsonObject(body)) return source
  const outline = readOutline(text)
  const { members, splices }: Additions = { members: [], splices: [] }
  if (frozen.model !== undefined) members.push(...freezeModel(body, frozen.model, endpoint, id))
  for (const addition of [
    frozen.system === undefined ? undefined : freezeSystem(outline, body, frozen.system, endpoint),
    freezeParameters(outline, body, frozen.parameters ?? {}, endpoint),
  ]) {
    members.push(...(addition?.members ?? []))
    splices.push(...(addition?.splices ?? []))
  }
  if (members.length > 0) splices.push(prepend(outline, 0, members))
  return splices.length > 0 ? withText(source, spliced(text, splices)) : source
}

/** An application stands in the path and has no model of its own to name. */
function freezeModel(
  body: Record<string, unknown>,
  model: string,
  endpoint: Endpoint,
  id: string | undefined,
): string[] {
  const isInPath = endpoint.model === 'path'
  const asked = isInPath ? `app:${id}` : body.model
  if (asked === model) return []
  if (isInPath || Object.hasOwn(body, 'model')) throw contradiction('model', model)
  return [memberText('model', model)]
}

function freezeParameters(
  outline: Outline,
  body: Record<string, unknown>,
  parameters: NonNullable<Frozen['parameters']>,
  { dialect }: Endpoint,
): Additions {
  if (dialect !== 'native') return { members: missing(body, parameters, ''), splices: [] }
  const node = membersOf(outline, 0).get('parameters')
  const own = body.parameters
  const pieces = missing(isJsonObject(own) ? own : {}, parameters, 'parameters.')
  if (pieces.length === 0) return { members: [], splices: [] }
  if (node === undefined) return { members: [`"parameters":{${pieces.join(',')}}`], splices: [] }
  if (isJsonObject(own)) return { members: [], splices: [prepend(outline, node, pieces)] }
  // PHP writes an empty array for an empty object, and null stands for none; all else the schema refuses.
  const isEmpty = own === null || (Array.isArray(own) && own.length === 0)
  return { members: [], splices: isEmpty ? [replaceEmpty(outline, node, `{${pieces.join(',')}}`)] : [] }
}

function missing(
  own: Record<string, unknown>,
  parameters: NonNullable<Frozen['parameters']>,
  prefix: string,
): string[] {
  return Object.entries(parameters).flatMap(([name, value]) => {
    // What one name of the length fixes, no other may say otherwise.
    const others = ALL_LENGTH_FIELDS.includes(name) ? ALL_LENGTH_FIELDS : []
    const other = others.find((each) => !Object.hasOwn(parameters, each) && (own[each] ?? value) !== value)
    if (other) throw contradiction(prefix + other, value)
    if (!Object.hasOwn(own, name)) return [memberText(name, value)]
    if (own[name] !== value) throw contradiction(prefix + name, value)
    return []
  })
}

/** A body with another JSON text; a byte order mark stays. */
export function withText({ bytes }: Source, text: string): Source {
  const mark = BYTE_ORDER_MARK.every((byte, position) => bytes[position] === byte) ? '\ufeff' : ''
  return {
    bytes: new TextEncoder().encode(mark + text) as Uint8Array<ArrayBuffer>,
    text,
    body: JSON.parse(text),
  }
}

function contradiction(param: string, value: unknown): GatewayError {
  const fixed = JSON.stringify(value)
  return new GatewayError(
    'denied',
    `${param}: the session token fixes it to ${fixed}. Leave it out, or send the same.`,
    { param },
  )
}
