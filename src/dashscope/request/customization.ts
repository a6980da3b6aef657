import { isJsonObject } from '../../lib/json/object.ts'
import type { Endpoint, Ownership } from '../endpoint.ts'
import { ownable } from '../ownable.ts'

/** The actions of both customization paths; some voice models leave the noun out ("Voice cloning" and "hot words" pages). */
const NOUNS = ['', '_voice', '_vocabulary']
const VERBS: Readonly<Record<string, Ownership['action']>> = {
  create: 'create',
  list: 'list',
  query: 'read',
  update: 'read',
  delete: 'delete',
}

/** Every action by its name. */
const ACTIONS = new Map(
  Object.entries(VERBS).flatMap(([verb, action]) => NOUNS.map((noun) => [`${verb}${noun}`, action] as const)),
)

/** The names of all actions. */
export const CUSTOMIZATION_ACTIONS = [...ACTIONS.keys()]

/** What a customization request does. */
export interface Customization {
  /** The endpoint as it is for this action: with an owner's check, and without a charge where nothing is made. */
  endpoint: Endpoint
  /** The voice or vocabulary that is read, changed or deleted. */
  id: string | undefined
  /** The model that the voice or vocabulary is for; it will be asked with it later. */
  targetModel: string | undefined
}

/**
 * Reads what a customization request does.
 *
 * @param body a valid one.
 * @returns undefined for any other endpoint.
 */
export function customizationIn(endpoint: Endpoint, body: unknown): Customization | undefined {
  const { customizes: kind } = endpoint
  const input = isJsonObject(body) ? body.input : undefined
  if (kind === undefined || !isJsonObject(input)) return undefined
  const action = ACTIONS.get(textOf(input.action) ?? '') ?? 'read'
  const id = ownable(kind)
    .members.map((member) => textOf(input[member]))
    .find((each) => each !== undefined)
  const { usage, product, ...free } = { ...endpoint, ownership: { kind, action } }
  return {
    endpoint: action === 'create' ? { ...free, ...(usage && { usage }), ...(product && { product }) } : free,
    id: action === 'create' || action === 'list' ? undefined : (id ?? ''),
    targetModel: textOf(input.target_model),
  }
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined
}
