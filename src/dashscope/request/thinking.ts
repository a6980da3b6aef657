import { isJsonObject } from '../../lib/json/object.ts'
import type { Endpoint } from '../endpoint.ts'
import { type Place, type Setting, settingsIn } from './setting.ts'

/** Models that always think, or do research for minutes (deep thinking page). */
const ALWAYS_THINKS = /^(?:qwq|qvq|deepseek-r1)|-thinking|deep-research/

/** Models that think by default (model pages, 2026-10). */
const THINKS_BY_DEFAULT = /^qwen3\.[5-8]|^(?:deepseek-v4|kimi-k2\.7|kimi-k3)|(?:^|\/)glm-5/i

/** Models that think only if the request asks for it (deep thinking page). */
const THINKS_ON_REQUEST = /^qwen-(?:plus|turbo|flash|max|long|doc)/

/** Models that ignore `thinking_budget` and obey only `reasoning_effort` (chat API page, 2026-11). */
const IGNORES_BUDGET = /(?:^|\/)(?:glm-5\.3|kimi-k3)/i

/** Models that read the vendor's `thinking` object in the chat API. */
const READS_THINKING_OBJECT = /^MiniMax/i

/**
 * Tokens that an effort level allows (chat API page for qwen3.8: low 4,096, medium 16,384, xhigh 262,144; minimal
 * means low, high and max mean xhigh). Other models have fewer levels; what a level allows for them is not
 * documented.
 */
export const EFFORT_TOKENS: Readonly<Record<string, number>> = {
  none: 0,
  minimal: 4096,
  low: 4096,
  medium: 16_384,
  high: 262_144,
  xhigh: 262_144,
  max: 262_144,
}

/** One parameter about thinking, interpreted. */
export interface ThinkingSetting extends Setting {
  /** `budget` and `effort` bound the thinking, `switch` turns it on or off. */
  kind: 'switch' | 'budget' | 'effort'
  isOff: boolean
  /** The maximum number of thinking tokens; Infinity if unlimited or not understood. */
  tokens: number
}

/** How much thinking a request allows. */
export interface Thinking {
  /** `default`: the request does not set it. */
  state: 'on' | 'off' | 'default'
  /**
   * The maximum number of thinking tokens. If two settings conflict and no document says which one wins, the larger
   * one counts.
   */
  maxTokens: number
  /**
   * The largest number of tokens in settings that the endpoint obeys; 0 if the request turns thinking off or sets
   * none.
   */
  namedTokens: number
  settings: readonly ThinkingSetting[]
  /** The first byte may take long, because the model thinks first. */
  isSlow: boolean
  /** The output may include thinking. */
  isPossible: boolean
}

/**
 * Reads how much thinking a request allows, in any dialect: `enable_thinking`, `thinking_budget`, `reasoning_effort`,
 * `reasoning.effort` (Responses), `thinking` and `output_config.effort` (Anthropic).
 */
export function thinkingOf(endpoint: Endpoint, places: readonly Place[], model: string): Thinking {
  const settings = places.flatMap(settingsAt)
  const effective = settings.filter((setting) => setting.isEffective && isRead(setting, endpoint, model))
  const isOn = effective.some(({ kind, isOff }) => kind !== 'budget' && !isOff)
  const isOff = !isOn && effective.some((setting) => setting.isOff && setting.kind !== 'budget')
  const bounds = effective.filter(({ kind, isOff: off }) => kind === 'budget' || (kind === 'effort' && !off))
  const maxTokens = isOff ? 0 : bounds.length > 0 ? Math.max(...bounds.map(({ tokens }) => tokens)) : Infinity
  const named = isOff ? [] : bounds.map(({ tokens }) => tokens).filter(Number.isFinite)
  const state = isOn ? 'on' : isOff ? 'off' : 'default'
  const isSlow = ALWAYS_THINKS.test(model) || isOn || (!isOff && THINKS_BY_DEFAULT.test(model))
  const isPossible = isOn || (!isOff && endpoint.thinking !== undefined && !THINKS_ON_REQUEST.test(model))
  return { state, maxTokens, namedTokens: Math.max(0, ...named), settings, isSlow, isPossible }
}

function settingsAt(place: Place): ThinkingSetting[] {
  const found: ThinkingSetting[] = []
  for (const setting of settingsIn([place], ['enable_thinking', 'thinking_budget', 'reasoning_effort'])) {
    if (setting.name === 'enable_thinking') found.push(asSwitch(setting, setting.value === false))
    else if (setting.name === 'thinking_budget') found.push(asBudget(setting))
    else found.push(asEffort(setting))
  }
  for (const setting of settingsIn([place], ['thinking', 'reasoning', 'output_config'])) {
    const { value } = setting
    if (setting.name === 'thinking') {
      found.push(asSwitch(setting, isJsonObject(value) && value.type === 'disabled'))
      found.push(...inside(setting, 'budget_tokens').map(asBudget))
    } else found.push(...inside(setting, 'effort').map(asEffort))
  }
  return found
}

/** A member of an object setting, as a setting called `thinking.budget_tokens`. */
function inside({ name, param, value, isEffective }: Setting, member: string): Setting[] {
  if (!isJsonObject(value) || (value[member] ?? undefined) === undefined) return []
  return [{ name: `${name}.${member}`, param: `${param}.${member}`, value: value[member], isEffective }]
}

/** Any value other than off counts as on: how DashScope interprets "true" or 1 is unknown. */
function asSwitch(setting: Setting, isOff: boolean): ThinkingSetting {
  return { ...setting, kind: 'switch', isOff, tokens: isOff ? 0 : Infinity }
}

function asBudget(setting: Setting): ThinkingSetting {
  const { value } = setting
  const tokens = typeof value === 'number' && value >= 0 ? value : Infinity
  return { ...setting, kind: 'budget', isOff: tokens === 0, tokens }
}

function asEffort(setting: Setting): ThinkingSetting {
  const { value } = setting
  const isKnown = typeof value === 'string' && Object.hasOwn(EFFORT_TOKENS, value)
  const tokens = isKnown ? (EFFORT_TOKENS[value] ?? Infinity) : Infinity
  return { ...setting, kind: 'effort', isOff: tokens === 0, tokens }
}

/** Whether an endpoint and a model obey a setting. */
function isRead({ name, kind }: ThinkingSetting, { thinking }: Endpoint, model: string): boolean {
  if (thinking === undefined) return false
  // The Responses API has no budget, and its effort takes precedence over `enable_thinking`.
  if (thinking === 'effort') return kind !== 'budget'
  if (kind === 'budget' && IGNORES_BUDGET.test(model)) return false
  if (thinking === 'budget' && name.startsWith('thinking') && name !== 'thinking_budget') {
    return READS_THINKING_OBJECT.test(model)
  }
  return true
}
