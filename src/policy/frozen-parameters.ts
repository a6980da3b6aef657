import type { Endpoint } from '../dashscope/endpoint.ts'
import { COUNT_NAMES, LENGTH_NAMES } from '../dashscope/request/describe.ts'
import { placesIn, settingsIn } from '../dashscope/request/setting.ts'
import { EFFORT_TOKENS, type ThinkingSetting, thinkingOf } from '../dashscope/request/thinking.ts'
import { GatewayError } from '../errors.ts'
import { isJsonObject } from '../lib/json/object.ts'
import type { Frozen } from './key-record.ts'

type Parameters = NonNullable<Frozen['parameters']>

/** Parameters about thinking. */
const THINKING_NAMES = ['enable_thinking', 'thinking_budget', 'reasoning_effort']

/** Parameters with the same meaning: a frozen value of one applies to the others. */
const AMOUNTS = [LENGTH_NAMES, COUNT_NAMES]

/**
 * Parameters that may not differ anywhere in a body: caps, reservations and prices read them even where DashScope
 * should ignore them.
 */
const CHECKED_EVERYWHERE = [...AMOUNTS.flat(), ...THINKING_NAMES, 'enable_search', 'enable_code_interpreter']

/**
 * The members that a token's frozen parameters add to a request: those missing in the body, under the names that the
 * endpoint reads.
 *
 * Several parameters mean the same length, number of results or thinking. If one of them is frozen, the caller may
 * not change it through another.
 *
 * @param body the caller's body, which may be invalid.
 * @throws GatewayError `denied`, naming the parameter that contradicts the token.
 */
export function frozenMembers(
  parameters: Parameters,
  endpoint: Endpoint,
  body: Record<string, unknown>,
): [name: string, value: unknown][] {
  refuseOtherValues(parameters, endpoint, body)
  for (const names of AMOUNTS) refuseOtherAmount(names, parameters, endpoint, body)
  refuseOtherThinking(parameters, endpoint, body)
  const isNative = endpoint.dialect === 'native'
  const own = isNative ? (isJsonObject(body.parameters) ? body.parameters : {}) : body
  return inWordsOf(endpoint, parameters).filter(([name, value]) => {
    if (!Object.hasOwn(own, name)) return true
    const isSame = own[name] === value || (name === 'thinking' && isJsonObject(own[name]))
    if (!isSame) throw contradiction(`${isNative ? 'parameters.' : ''}${name}`, value)
    return false
  })
}

/**
 * Refuses parameters of a token request if the key freezes the same under another name.
 *
 * @param own the parameters frozen by the key.
 * @param asked the parameters to freeze in the token.
 * @throws GatewayError `denied`, naming the parameter.
 */
export function refuseOtherNames(own: Parameters, asked: Parameters): void {
  for (const names of [...AMOUNTS, THINKING_NAMES]) {
    if (!names.some((name) => Object.hasOwn(own, name))) continue
    const other = names.find((name) => Object.hasOwn(asked, name) && !Object.hasOwn(own, name))
    if (other === undefined || meansTheSame(own, names, asked[other])) continue
    const param = `frozen.parameters.${other}`
    throw new GatewayError(
      'denied',
      `${param}: the key freezes the same under another name. Leave the field out.`,
      { param },
    )
  }
}

function meansTheSame(own: Parameters, names: readonly string[], value: unknown): boolean {
  const isAmount = names !== THINKING_NAMES
  return isAmount && Object.entries(own).some(([each, fixed]) => names.includes(each) && fixed === value)
}

/** Converts parameters to those of an endpoint: its name for the length, Anthropic's `thinking`. */
function inWordsOf(
  { lengthFields, thinking }: Endpoint,
  parameters: Parameters,
): [name: string, value: unknown][] {
  const [lengthField] = lengthFields
  const hasOwnLength = lengthFields.some((name) => Object.hasOwn(parameters, name))
  const words: [string, unknown][] = []
  for (const [name, value] of Object.entries(parameters)) {
    if (lengthField !== undefined && LENGTH_NAMES.includes(name) && !lengthFields.includes(name)) {
      if (!hasOwnLength && !words.some(([each]) => each === lengthField)) words.push([lengthField, value])
    } else if (thinking === 'anthropic' && name === 'enable_thinking') {
      if (value === false) words.push(['thinking', { type: 'disabled' }])
    } else if (thinking === 'anthropic' && name === 'thinking_budget') {
      words.push(['thinking', { type: 'enabled', budget_tokens: value }])
    } else words.push([name, value])
  }
  return words
}

function refuseOtherValues(parameters: Parameters, endpoint: Endpoint, body: unknown): void {
  const names = CHECKED_EVERYWHERE.filter((name) => Object.hasOwn(parameters, name))
  for (const { name, param, value } of settingsIn(placesIn(endpoint, body), names)) {
    if (value !== parameters[name]) throw contradiction(param, parameters[name])
  }
}

function refuseOtherAmount(
  names: readonly string[],
  parameters: Parameters,
  endpoint: Endpoint,
  body: unknown,
): void {
  const fixed = Object.entries(parameters).filter(([name]) => names.includes(name))
  if (fixed.length === 0) return
  for (const { name, param, value } of settingsIn(placesIn(endpoint, body), names)) {
    if (Object.hasOwn(parameters, name)) continue
    if (fixed.every(([, each]) => each !== value)) throw contradiction(param, fixed[0]?.[1])
  }
}

/** A frozen `false` or "none" allows only settings that are off; a frozen budget or effort is an upper bound. */
function refuseOtherThinking(
  parameters: Parameters,
  endpoint: Endpoint,
  body: Record<string, unknown>,
): void {
  const { enable_thinking: isOn, thinking_budget: budget, reasoning_effort: effort } = parameters
  if (isOn === undefined && budget === undefined && effort === undefined) return
  const model = typeof body.model === 'string' ? body.model : ''
  const { settings } = thinkingOf(endpoint, placesIn(endpoint, body), model)
  const mustBeOff = isOn === false || effort === 'none' || budget === 0
  const most = Math.min(tokensOf(budget), tokensOf(effort))
  for (const setting of settings) {
    if (Object.hasOwn(parameters, setting.name)) continue
    const isAllowed = mustBeOff
      ? isHarmless(setting)
      : setting.kind === 'switch'
        ? isOn !== true || !setting.isOff
        : setting.tokens <= most
    if (!isAllowed) throw contradiction(setting.param, isOn ?? budget ?? effort)
  }
}

/** A budget alone does not turn thinking on. */
function isHarmless({ kind, isOff }: ThinkingSetting): boolean {
  return isOff || kind === 'budget'
}

function tokensOf(value: Parameters[string] | undefined): number {
  if (typeof value === 'number') return value
  return typeof value === 'string' && Object.hasOwn(EFFORT_TOKENS, value)
    ? (EFFORT_TOKENS[value] ?? Infinity)
    : Infinity
}

/** The error for a parameter with another value than the frozen one. */
export function contradiction(param: string, value: unknown): GatewayError {
  const fixed = JSON.stringify(value)
  return new GatewayError(
    'denied',
    `${param}: the session token freezes it to ${fixed}. Leave it out, or send the same value.`,
    { param },
  )
}
