import type { Endpoint } from '../dashscope/endpoint.ts'
import { countMedia } from '../dashscope/media.ts'
import { GatewayError } from '../errors.ts'
import type { HeaderMap } from '../lib/header-map.ts'
import { isJsonObject } from '../lib/json/object.ts'
import type { Caps } from './key-record.ts'
import { refuseSwitches } from './switches.ts'

type Members = Record<string, unknown>

/** One request as the caps see it. */
interface Asked {
  endpoint: Endpoint
  /** What stands before a parameter's name where the endpoint reads it. */
  prefix: '' | 'parameters.'
  /** Where the endpoint reads its parameters. */
  home: Members
  /** Where a parameter is bounded: at home, and where it should be without effect. */
  places: readonly Members[]
}

/** Every name for the length of an answer. */
export const ALL_LENGTH_FIELDS = ['max_tokens', 'max_completion_tokens', 'max_output_tokens', 'max_length']

/**
 * Lets a request pass that stays within the caps of a key or token.
 *
 * A cap on the length of the answer or of the thinking asks for a figure, because a model's own default is its most;
 * a cap on `n` does so only where tasks are made, some of which make several images unasked. What an application
 * generates is for its own settings, so there only a figure that is named is bounded. Media are counted where
 * {@link countMedia} does, not in the inputs of image and video tasks.
 *
 * @param body what the endpoint's schema has accepted.
 * @param headers the caller's; `X-DashScope-Plugin` is a tool in a header.
 * @throws GatewayError `denied` naming the field, and what to send instead.
 */
export function allowCaps(caps: Caps, body: unknown, endpoint: Endpoint, headers: HeaderMap): void {
  if (!isJsonObject(body)) return
  const parameters = isJsonObject(body.parameters) ? body.parameters : {}
  const places = [body, parameters]
  const asked: Asked =
    endpoint.dialect === 'native'
      ? { endpoint, prefix: 'parameters.', home: parameters, places }
      : { endpoint, prefix: '', home: body, places }
  if (caps.max_tokens !== undefined) boundLength(caps.max_tokens, asked)
  if (caps.n !== undefined) boundCount(caps.n, asked)
  if (caps.thinking_budget !== undefined) boundThinking(caps.thinking_budget, asked)
  refuseSwitches(caps, places, headers)
  if (caps.media_parts !== undefined || caps.media_bytes !== undefined) boundMedia(caps, body, asked)
}

function boundLength(most: number, { places, home, prefix, endpoint }: Asked): void {
  for (const name of ALL_LENGTH_FIELDS) bound(places, name, most)
  const { lengthFields } = endpoint
  if (lengthFields.length === 0 || lengthFields.some((name) => typeof home[name] === 'number')) return
  throw missing(`${prefix}${lengthFields[0]}`, most)
}

function boundCount(most: number, { places, home, prefix, endpoint }: Asked): void {
  bound(places, 'n', most)
  if (endpoint.needsCount && typeof home.n !== 'number') throw missing(`${prefix}n`, most)
}

/** Whether a model thinks when nobody says so is the model's own affair, so a request has to say one or the other. */
function boundThinking(most: number, asked: Asked): void {
  const { places, home, prefix, endpoint } = asked
  bound(places, 'thinking_budget', most)
  for (const { thinking } of places) {
    if (isJsonObject(thinking)) check('thinking.budget_tokens', thinking.budget_tokens, most)
  }
  if (endpoint.lengthFields.length === 0) return
  if (endpoint.dialect === 'anthropic') {
    if (!settlesAnthropicThinking(home)) {
      throw missing('thinking.budget_tokens', most, ' or "thinking": {"type": "disabled"}')
    }
  } else if (typeof home.thinking_budget !== 'number' && home.enable_thinking !== false) {
    throw missing(`${prefix}thinking_budget`, most, ` or ${prefix}enable_thinking: false`)
  }
}

function settlesAnthropicThinking({ thinking, enable_thinking }: Members): boolean {
  if (!isJsonObject(thinking)) return false
  return (
    typeof thinking.budget_tokens === 'number' || (thinking.type === 'disabled' && enable_thinking !== true)
  )
}

function boundMedia(caps: Caps, body: Members, { prefix }: Asked): void {
  if (prefix !== '' && typeof body.input === 'string') {
    throw denied('input', 'an input that is not encrypted, because it counts the media in it')
  }
  const { parts, bytes } = countMedia(body)
  const field = ['messages', 'input'].find((name) => name in body) ?? 'documents'
  if (caps.media_parts !== undefined && parts > caps.media_parts) {
    throw denied(field, `at most ${caps.media_parts} images, frames, audios and documents, got ${parts}`)
  }
  if (caps.media_bytes !== undefined && bytes > caps.media_bytes) {
    throw denied(field, `at most ${caps.media_bytes} bytes of media in the body itself, got ${bytes}`)
  }
}

function bound(places: readonly Members[], name: string, most: number): void {
  for (const [position, place] of places.entries()) {
    check(position === 0 ? name : `parameters.${name}`, place[name], most)
  }
}

/** A figure must be a number: what DashScope would make of a text, or of a number below 1, is not known. */
function check(param: string, value: unknown, most: number): void {
  if (value === undefined || value === null) return
  if (typeof value === 'number' && value >= 1 && value <= most) return
  throw denied(param, `a number from 1 to ${most}, got ${typeof value === 'number' ? value : typeof value}`)
}

function missing(param: string, most: number, otherwise = ''): GatewayError {
  return denied(param, `a number from 1 to ${most}${otherwise}, got nothing`)
}

function denied(param: string, expectation: string): GatewayError {
  return new GatewayError('denied', `${param}: this key asks for ${expectation}.`, { param })
}
