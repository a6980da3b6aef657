import { GatewayError } from '../errors.ts'
import { faultIn, type Schema } from '../lib/schema/fault.ts'

/**
 * Refuses a parsed body that does not match its schema.
 *
 * @param body the result of JSON.parse.
 * @throws GatewayError `invalid`: names the first wrong field, what was expected and what was found.
 */
export function validate(schema: Schema, body: unknown): void {
  const fault = faultIn(schema, body)
  if (fault) throw new GatewayError('invalid', fault.message, fault.param ? { param: fault.param } : {})
}
