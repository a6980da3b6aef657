import { GatewayError } from '../../../src/errors.ts'
import type { Schema } from '../../../src/lib/schema/fault.ts'
import { validate } from '../../../src/policy/validate.ts'

/** What the gateway says about a body: the sentence it refuses it with, or undefined if it lets it pass. */
export function refusal(schema: Schema, body: unknown): string | undefined {
  try {
    validate(schema, body)
    return undefined
  } catch (error) {
    if (error instanceof GatewayError && error.reason === 'invalid') return error.message
    throw error
  }
}
