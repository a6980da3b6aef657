import { isJsonObject } from '../lib/json/object.ts'
import type { KeyRecord } from './key-record.ts'

/** Restrictions that are lists of strings. A value of another type would restrict nothing. */
const LIST_FIELDS = [
  'models',
  'endpoints',
  'origins',
  'workspaces',
  'knowledge',
  'ip_ranges',
  'regions',
] as const

/** Fields that are objects. */
const OBJECTS = [
  'aliases',
  'fallbacks',
  'cache',
  'caps',
  'limits',
  'user_limits',
  'alerts',
  'mint',
] as const satisfies readonly (keyof KeyRecord)[]

/**
 * Whether a stored value is the record of a key. Only the gateway writes records; one that was damaged or edited by
 * hand must not allow more than intended (promise P6). An `expires_at` that is not a time counts as past.
 */
export function isKeyRecord(value: unknown): value is KeyRecord {
  if (!isJsonObject(value)) return false
  const { id, name, created_at, disabled } = value
  return (
    typeof id === 'string' &&
    id !== '' &&
    typeof name === 'string' &&
    typeof created_at === 'string' &&
    (disabled === undefined || typeof disabled === 'boolean') &&
    LIST_FIELDS.every((field) => value[field] === undefined || isTextList(value[field])) &&
    OBJECTS.every((field) => value[field] === undefined || isJsonObject(value[field]))
  )
}

function isTextList(value: unknown): boolean {
  return Array.isArray(value) && value.every((entry) => typeof entry === 'string')
}
