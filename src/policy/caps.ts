import type { Endpoint } from '../dashscope/endpoint.ts'
import type { RequestDescription } from '../dashscope/request/describe.ts'
import type { Setting } from '../dashscope/request/setting.ts'
import { EFFORT_TOKENS, type Thinking, type ThinkingSetting } from '../dashscope/request/thinking.ts'
import { GatewayError } from '../errors.ts'
import type { Caps } from './key-record.ts'
import { refuseSwitches } from './switches.ts'

/**
 * Refuses a request that exceeds the caps of a key or token.
 *
 * With a cap on the length of the response or of thinking, the request must set the parameter, because a model's
 * default is its maximum. With a cap on `n` this is required only for tasks, some of which generate several images by
 * default. The output of an application depends on its own settings, so there only parameters that are set are
 * checked.
 *
 * @param asked the description of the request.
 * @throws GatewayError `denied`, naming the field and what to send instead.
 */
export function allowCaps(caps: Caps, endpoint: Endpoint, asked: RequestDescription): void {
  if (caps.max_tokens !== undefined) boundLength(caps.max_tokens, endpoint, asked)
  if (caps.n !== undefined) boundCount(caps.n, endpoint, asked)
  if (caps.thinking_budget !== undefined) boundThinking(caps.thinking_budget, endpoint, asked.thinking)
  refuseSwitches(caps, asked)
  if (caps.media_parts !== undefined || caps.media_bytes !== undefined) boundMedia(caps, asked)
}

function boundLength(most: number, endpoint: Endpoint, { lengths }: RequestDescription): void {
  for (const setting of lengths) check(setting, 1, most)
  const { lengthFields } = endpoint
  const isNamed = lengths.some(({ name, isEffective }) => isEffective && lengthFields.includes(name))
  if (lengthFields.length > 0 && !isNamed) throw missing(`${prefixOf(endpoint)}${lengthFields[0]}`, most)
}

function boundCount(most: number, endpoint: Endpoint, { counts }: RequestDescription): void {
  for (const setting of counts) check(setting, 1, most)
  const isNamed = counts.some(({ name, isEffective }) => isEffective && name === 'n')
  if (endpoint.needsCount && !isNamed) throw missing(`${prefixOf(endpoint)}n`, most)
}

/** Whether thinking is on by default depends on the model, so the request must set it. */
function boundThinking(most: number, endpoint: Endpoint, thinking: Thinking): void {
  for (const setting of thinking.settings) {
    if (setting.kind === 'budget') check(setting, 0, most)
    if (setting.kind === 'effort' && setting.tokens > most) throw tooMuchEffort(setting, most)
  }
  if (endpoint.thinking === undefined || thinking.maxTokens <= most) return
  throw missing(...boundOf(endpoint, most))
}

/** The parameter that bounds thinking at an endpoint, and the alternative that turns thinking off. */
function boundOf(endpoint: Endpoint, most: number): [param: string, most: number, otherwise: string] {
  const prefix = prefixOf(endpoint)
  switch (endpoint.thinking) {
    case 'anthropic':
      return ['thinking.budget_tokens', most, ' or "thinking": {"type": "disabled"}']
    case 'effort':
      return ['reasoning.effort', most, ` (${effortsUpTo(most)})`]
    default:
      return [`${prefix}thinking_budget`, most, ` or ${prefix}enable_thinking: false`]
  }
}

function tooMuchEffort({ param }: ThinkingSetting, most: number): GatewayError {
  return denied(param, `thinking of at most ${most} tokens: ${effortsUpTo(most)}`)
}

function effortsUpTo(most: number): string {
  const allowed = Object.entries(EFFORT_TOKENS).filter(([, tokens]) => tokens <= most)
  return `one of ${allowed.map(([level, tokens]) => `"${level}" (${tokens} tokens)`).join(', ')}`
}

function boundMedia(caps: Caps, { isEncrypted, media, question }: RequestDescription): void {
  if (isEncrypted) {
    throw denied('input', 'an input that is not encrypted, because the gateway must count the media in it')
  }
  const { parts, bytes } = media
  if (caps.media_parts !== undefined && parts > caps.media_parts) {
    throw denied(question, `at most ${caps.media_parts} images, frames, audios and documents, got ${parts}`)
  }
  if (caps.media_bytes !== undefined && bytes > caps.media_bytes) {
    throw denied(question, `at most ${caps.media_bytes} bytes of media in the body itself, got ${bytes}`)
  }
}

/** The value must be a number: how DashScope interprets a string, or a number below the minimum, is unknown. */
function check({ param, value }: Setting, least: number, most: number): void {
  if (typeof value === 'number' && value >= least && value <= most) return
  throw denied(
    param,
    `a number from ${least} to ${most}, got ${typeof value === 'number' ? value : typeof value}`,
  )
}

function prefixOf({ dialect }: Endpoint): string {
  return dialect === 'native' ? 'parameters.' : ''
}

function missing(param: string, most: number, otherwise = ''): GatewayError {
  return denied(param, `a number from 1 to ${most}${otherwise}, got nothing`)
}

function denied(param: string, expectation: string): GatewayError {
  return new GatewayError('denied', `${param}: this key requires ${expectation}.`, { param, rule: 'caps' })
}
