import type { Endpoint } from '../dashscope/endpoint.ts'
import type { RequestDescription } from '../dashscope/request/describe.ts'
import type { Setting } from '../dashscope/request/setting.ts'
import { EFFORT_TOKENS, type Thinking, type ThinkingSetting } from '../dashscope/request/thinking.ts'
import { GatewayError } from '../errors.ts'
import type { Caps } from './key-record.ts'
import { refuseSwitches } from './switches.ts'

/**
 * Lets a request pass that stays within the caps of a key or token.
 *
 * A cap on the length of the response or of the thinking requires the request to name a number, because a model's own
 * default is its maximum; a cap on `n` does so only where tasks are made, some of which make several images by default. An
 * application's settings decide what it generates, so only a number that is named is checked there.
 *
 * @param asked what the request asks for.
 * @throws GatewayError `denied` naming the field, and what to send instead.
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

/** Whether a model thinks by default depends on the model, so a request has to say whether it does. */
function boundThinking(most: number, endpoint: Endpoint, thinking: Thinking): void {
  for (const setting of thinking.settings) {
    if (setting.kind === 'budget') check(setting, 0, most)
    if (setting.kind === 'effort' && setting.tokens > most) throw tooMuchEffort(setting, most)
  }
  if (endpoint.thinking === undefined || thinking.maxTokens <= most) return
  throw missing(...boundOf(endpoint, most))
}

/** What bounds thinking at an endpoint, and the alternative that turns it off. */
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
    throw denied('input', 'an input that is not encrypted, because it counts the media in it')
  }
  const { parts, bytes } = media
  if (caps.media_parts !== undefined && parts > caps.media_parts) {
    throw denied(question, `at most ${caps.media_parts} images, frames, audios and documents, got ${parts}`)
  }
  if (caps.media_bytes !== undefined && bytes > caps.media_bytes) {
    throw denied(question, `at most ${caps.media_bytes} bytes of media in the body itself, got ${bytes}`)
  }
}

/** The value must be a number: what DashScope makes of a string, or of a number below the least, is not known. */
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
  return new GatewayError('denied', `${param}: this key asks for ${expectation}.`, { param, rule: 'caps' })
}
