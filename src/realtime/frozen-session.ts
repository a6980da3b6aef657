import { GatewayError } from '../errors.ts'
import { type JsonObject, objectAt, objectsAt } from '../lib/json/object.ts'
import { contradiction } from '../policy/frozen-parameters.ts'
import type { FrameRules } from './rules.ts'

/** Where the newer generation of the protocol has settings that the older one has at the top level. */
const NEWER_PLACES: Readonly<Record<string, readonly string[]>> = {
  voice: ['audio', 'output', 'voice'],
  speed: ['audio', 'output', 'speed'],
  output_audio_format: ['audio', 'output', 'format'],
  input_audio_format: ['audio', 'input', 'format'],
  turn_detection: ['audio', 'input', 'turn_detection'],
  modalities: ['output_modalities'],
}

/**
 * Refuses settings of a session or response that contradict the frozen ones under their newer names.
 *
 * @param place `session` or `response`.
 * @throws GatewayError `denied`, naming the setting.
 */
export function refuseNewerNames(settings: JsonObject, place: string, { frozen }: FrameRules): void {
  for (const [name, value] of Object.entries(frozen?.parameters ?? {})) {
    const path = Object.hasOwn(NEWER_PLACES, name) ? (NEWER_PLACES[name] ?? []) : []
    const sent = path.slice(0, -1).reduce<JsonObject | undefined>(objectAt, settings)?.[path.at(-1) ?? '']
    if ((sent ?? undefined) !== undefined && sent !== value)
      throw contradiction([place, ...path].join('.'), value)
  }
}

/**
 * With a frozen system message, items may not contain instructions.
 *
 * @throws GatewayError `denied`.
 */
export function checkItems(body: JsonObject, { frozen }: FrameRules): void {
  if (frozen?.system === undefined) return
  const item = objectAt(body, 'item')
  if (item) checkItem(item, 'item.role')
  for (const input of objectsAt(objectAt(body, 'response'), 'input')) checkItem(input, 'response.input.role')
}

function checkItem({ type, role }: JsonObject, param: string): void {
  // An item of another type has no role; DashScope might take one without a type for a message.
  const isMessage =
    type === 'message' || (type ?? undefined) === undefined || (role ?? undefined) !== undefined
  if (!isMessage || role === 'user' || role === 'assistant') return
  throw new GatewayError(
    'denied',
    `${param}: the session token freezes the system message. Only "user" and "assistant" are allowed.`,
    { param },
  )
}
