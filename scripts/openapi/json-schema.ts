import * as z from 'zod/mini'

/** A zod schema of the gateway, or JSON Schema if there is none. */
export type BodySchema = z.core.$ZodType | Record<string, unknown>

/** JSON Schema 2020-12 of a request body. Rules beyond types and sizes are checked only by the validator. */
export function jsonSchemaOf(schema: BodySchema): Record<string, unknown> {
  if (!('_zod' in schema)) return schema
  const { $schema: _dialect, ...rest } = z.toJSONSchema(schema as z.core.$ZodType, {
    unrepresentable: 'any',
    io: 'input',
  })
  return rest
}
