/** JSON Schema of the usual kinds of values. */

type Json = Record<string, unknown>

/** An object; all members are required by default. Later versions may add members. */
export function object(properties: Json, required: readonly string[] = Object.keys(properties)): Json {
  return { type: 'object', properties, ...(required.length > 0 && { required }) }
}

export function list(items: Json): Json {
  return { type: 'array', items }
}

export function map(values: Json): Json {
  return { type: 'object', additionalProperties: values }
}

/** A reference to a named schema. */
export function ref(name: string): Json {
  return { $ref: `#/components/schemas/${name}` }
}

export function text(description: string): Json {
  return described({ type: 'string' }, description)
}

export function whole(description: string): Json {
  return described({ type: 'integer' }, description)
}

export function number(description: string): Json {
  return described({ type: 'number' }, description)
}

export const flag: Json = { type: 'boolean' }

/** A time in ISO 8601. */
export const moment: Json = { type: 'string', format: 'date-time' }

function described(schema: Json, description: string): Json {
  return description === '' ? schema : { ...schema, description }
}
