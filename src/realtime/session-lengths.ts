import type { JsonObject } from '../lib/json/object.ts'
import { contradiction } from '../policy/frozen-parameters.ts'
import { type FrameRules, refused } from './rules.ts'

/** The names of the response length in both generations of the protocol. */
const LENGTHS = ['max_tokens', 'max_response_output_tokens', 'max_output_tokens'] as const

/**
 * Checks every length in the settings of a session or response; the cap and the frozen length apply to all its names.
 *
 * @param place `session` or `response`.
 * @throws GatewayError `denied`, naming the length.
 */
export function checkLengths(settings: JsonObject, place: string, { policy, frozen }: FrameRules): void {
  const limit = policy.caps?.max_tokens
  const fixed = Object.values(lengthsIn(frozen?.parameters))
  for (const [name, length] of Object.entries(lengthsIn(settings))) {
    if (fixed.length > 0 && !fixed.includes(length)) throw contradiction(`${place}.${name}`, fixed[0])
    if (limit === undefined) continue
    if (typeof length !== 'number' || length > limit) throw refused(`${place}.${name}`, `at most ${limit}`)
  }
}

/**
 * The lengths to insert into a session: those frozen by its token, bounded by the cap, or the cap itself if neither
 * the token nor the caller sets one.
 */
export function lengthsToWrite({ policy, frozen }: FrameRules, settings: JsonObject): JsonObject {
  const limit = policy.caps?.max_tokens
  if (limit === undefined) return {}
  const fixed = Object.entries(lengthsIn(frozen?.parameters))
  if (fixed.length === 0) return Object.keys(lengthsIn(settings)).length > 0 ? {} : { max_tokens: limit }
  const isWithin = (length: unknown) => typeof length === 'number' && length <= limit
  return Object.fromEntries(fixed.map(([name, length]) => [name, isWithin(length) ? length : limit]))
}

/** The lengths among some settings; null counts as absent. */
function lengthsIn(settings: JsonObject = {}): JsonObject {
  const named = LENGTHS.filter((name) => Object.hasOwn(settings, name) && settings[name] !== null)
  return Object.fromEntries(named.map((name) => [name, settings[name]]))
}
