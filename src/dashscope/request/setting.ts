import { isJsonObject, type JsonObject } from '../../lib/json/object.ts'
import type { Endpoint } from '../endpoint.ts'

/** One parameter in a request. */
export interface Setting {
  /** Its name, such as `max_tokens`. */
  name: string
  /** Its path in the body, such as `parameters.max_tokens`. */
  param: string
  value: unknown
  /**
   * Whether the endpoint reads its parameters here. Elsewhere the setting should have no effect, but it is checked
   * anyway.
   */
  isEffective: boolean
}

/** An object in a body that may contain parameters: the body itself and its `parameters`. */
export interface Place {
  members: JsonObject
  prefix: '' | 'parameters.'
  isEffective: boolean
}

/** Where a body may have parameters. Native endpoints read `parameters`, all others the top level. */
export function placesIn({ dialect }: Endpoint, body: unknown): Place[] {
  if (!isJsonObject(body)) return []
  const isNative = dialect === 'native'
  const places: Place[] = [{ members: body, prefix: '', isEffective: !isNative }]
  if (isJsonObject(body.parameters)) {
    places.push({ members: body.parameters, prefix: 'parameters.', isEffective: isNative })
  }
  return places
}

/** The parameters with the given names in a body; null counts as absent. */
export function settingsIn(places: readonly Place[], names: readonly string[]): Setting[] {
  const settings: Setting[] = []
  for (const { members, prefix, isEffective } of places) {
    for (const name of names) {
      if (!Object.hasOwn(members, name)) continue
      const value = members[name]
      if (value !== null) settings.push({ name, param: `${prefix}${name}`, value, isEffective })
    }
  }
  return settings
}

/** Above this, sums lose precision. */
const MAX_COUNT = Number.MAX_SAFE_INTEGER

/**
 * The largest number of at least 1 among some settings, as a whole number; undefined if there is none. A fraction is
 * rounded up: DashScope's interpretation is unknown.
 */
export function largestCount(settings: readonly Setting[]): number | undefined {
  const numbers = settings.map(({ value }) => value).filter(isCount)
  return numbers.length > 0 ? Math.min(Math.ceil(Math.max(...numbers)), MAX_COUNT) : undefined
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && value >= 1
}
