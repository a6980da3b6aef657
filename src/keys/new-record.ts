import { GatewayError } from '../errors.ts'
import type { KeyRecord } from '../policy/key-record.ts'
import { requireConsistent } from '../policy/record-rules.ts'
import type { KeyChange, NewKey, PolicyField } from '../policy/schema/key.ts'

/** Milliseconds since 1970 in 11 hexadecimal digits reach the year 2527. */
const LAST_MOMENT_MS = 16 ** 11 - 1

/**
 * A new id: `key_`, the time counted backwards in 11 hexadecimal digits and 5 random ones. Entries sorted by id are
 * newest first, so a page can be read without reading the whole list.
 */
export function makeKeyId(nowMs: number): string {
  const [chance = 0] = crypto.getRandomValues(new Uint32Array(1))
  const countdown = (LAST_MOMENT_MS - nowMs).toString(16).padStart(11, '0')
  return `key_${countdown}${(chance >>> 12).toString(16).padStart(5, '0')}`
}

/**
 * The record of a new key.
 *
 * @throws GatewayError `invalid` if it would expire in the past, or if its fields contradict each other.
 */
export function newRecord(id: string, fields: NewKey, cacheGeneration: number, nowMs: number): KeyRecord {
  requireFuture(fields.expires_at, nowMs)
  const { name, ...policy } = fields
  const record: KeyRecord = {
    id,
    name,
    created_at: new Date(nowMs).toISOString(),
    ...policy,
    cache_generation: cacheGeneration,
  }
  return consistent(record)
}

/**
 * A record with a change applied; fields that the change sets to `null` are removed.
 *
 * @throws GatewayError `invalid` if it would expire in the past, or if its fields contradict each other.
 */
export function changedRecord(record: KeyRecord, change: KeyChange, nowMs: number): KeyRecord {
  requireFuture(change.expires_at, nowMs)
  const { name = record.name, ...policy } = change
  const changed: KeyRecord = { ...record, name }
  for (const field of Object.keys(policy) as PolicyField[])
    put(changed, field, policy[field] as KeyRecord[PolicyField] | null)
  return consistent(changed)
}

/** `disabled: false` is stored by leaving the field out. */
function consistent(record: KeyRecord): KeyRecord {
  if (record.disabled === false) delete record.disabled
  requireConsistent(record)
  return record
}

function put<Field extends PolicyField>(
  record: KeyRecord,
  field: Field,
  value: KeyRecord[Field] | null | undefined,
): void {
  if (value === null) delete record[field]
  else if (value !== undefined) record[field] = value
}

function requireFuture(moment: string | null | undefined, nowMs: number): void {
  if (!moment || Date.parse(moment) > nowMs) return
  throw new GatewayError('invalid', `expires_at: expected a time in the future, got ${moment}.`, {
    param: 'expires_at',
  })
}
