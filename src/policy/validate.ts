import { GatewayError } from '../errors.ts'
import { check, type Schema } from '../lib/schema/fault.ts'

/**
 * Refuses a parsed body that does not match its schema.
 *
 * @param body the result of JSON.parse.
 * @returns the body with the schema's type.
 * @throws GatewayError `invalid`, naming the first wrong field, what was expected and what was found.
 */
export function validate<Value>(schema: Schema<Value>, body: unknown): Value {
  const checked = check(schema, body)
  if ('value' in checked) return checked.value
  const { message, param } = checked.fault
  throw new GatewayError('invalid', message, param ? { param } : {})
}
