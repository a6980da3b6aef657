import { type OwnedKind, ownable } from '../dashscope/ownable.ts'
import { readFrames } from '../dashscope/stream/frames.ts'
import { isJsonObject, parseObject } from '../lib/json/object.ts'
import { readJson } from '../upstream/response.ts'

/**
 * The id of the object that a response reports as created.
 *
 * @throws GatewayError `upstream` for a body that is not JSON.
 */
export function madeIdIn(kind: OwnedKind, body: Uint8Array): string | undefined {
  return idAt(kind, readJson(body))
}

/** The id of the object that the first events of a stream report as created. */
export function madeIdInEvents(kind: OwnedKind, events: Uint8Array): string | undefined {
  for (const { data } of readFrames(events)) {
    const id = idAt(kind, parseObject(data))
    if (id !== undefined) return id
  }
  return undefined
}

/** A member by name, or a list item by index. */
function memberOf(value: unknown, name: string): unknown {
  if (Array.isArray(value)) return value[Number(name)]
  return isJsonObject(value) ? value[name] : undefined
}

function idAt(kind: OwnedKind, value: unknown): string | undefined {
  for (const path of ownable(kind).madeAt) {
    const id = path.reduce<unknown>((inner, name) => memberOf(inner, name), value)
    if (typeof id === 'string' && id !== '') return id
  }
  return undefined
}
