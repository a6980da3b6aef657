import { isJsonObject } from '../../lib/json/object.ts'
import type { Endpoint, Ownership } from '../endpoint.ts'
import { ownable } from '../ownable.ts'

/**
 * Suffixes of the actions on both customization paths; some voice models omit the noun ("Voice cloning" and "hot
 * words" pages).
 */
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
  /** The endpoint with the traits of this action: an ownership check, and no charge if nothing is created. */
  endpoint: Endpoint
  /** The voice or vocabulary that is read, changed or deleted. */
  id: string | undefined
  /** The model that the voice or vocabulary is for, and that will later be used with it. */
  targetModel: string | undefined
}

/**
 * Parses a customization request.
 *
 * @param body a valid body.
 * @returns undefined for any other endpoint.
 */
export function customizationIn(endpoint: Endpoint, body: unknown): Customization | undefined {
  const { customizes: kind } = endpoint
  const input = isJsonObject(body) ? body.input : undefined
  if (kind === undefined || !isJsonObject(input)) return undefined
  const action = ACTIONS.get(asText(input.action) ?? '') ?? 'read'
  const id = ownable(kind)
    .members.map((member) => asText(input[member]))
    .find((each) => each !== undefined)
  const { usage, product, ...free } = { ...endpoint, ownership: { kind, action } }
  return {
    endpoint: action === 'create' ? { ...free, ...(usage && { usage }), ...(product && { product }) } : free,
    id: action === 'create' || action === 'list' ? undefined : (id ?? ''),
    targetModel: asText(input.target_model),
  }
}

function asText(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined
}
