/** The parts of JSON Schema 2020-12 that the console uses. */
export interface Schema {
  $ref?: string
  type?: string | readonly string[]
  description?: string
  properties?: Readonly<Record<string, Schema>>
  required?: readonly string[]
  items?: Schema
  additionalProperties?: Schema | boolean
  anyOf?: readonly Schema[]
  oneOf?: readonly Schema[]
  allOf?: readonly Schema[]
  enum?: readonly unknown[]
  const?: unknown
  format?: string
  examples?: readonly unknown[]
}

/** A body in one media type. */
export interface Media {
  schema?: Schema
  example?: unknown
}

export interface Parameter {
  name: string
  in: 'path' | 'query' | 'header'
  required?: boolean
  schema?: Schema
}

export interface Response {
  $ref?: string
  description?: string
  content?: Readonly<Record<string, Media>>
}

export interface Operation {
  operationId: string
  summary?: string
  tags?: readonly string[]
  security?: readonly Readonly<Record<string, unknown>>[]
  parameters?: readonly Parameter[]
  requestBody?: { content: Readonly<Record<string, Media>> }
  responses?: Readonly<Record<string, Response>>
}

/** An operation with its path and method. */
export interface Placed {
  path: string
  method: string
  operation: Operation
}

/** `/console/openapi.json`. */
export interface OpenApi {
  paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>
  components: {
    schemas: Readonly<Record<string, Schema>>
    responses: Readonly<Record<string, Response>>
  }
}

/** A member of an object, or one of several alternatives of a value. */
export interface Member {
  name: string
  schema: Schema
  isRequired: boolean
}

/** Deeper values of an example are omitted: they do not help readers, and a schema may be recursive. */
const MAX_DEPTH = 6

/** Resolves a reference to a named response. */
export function responseIn({ components }: OpenApi, { $ref, ...own }: Response): Response {
  return $ref === undefined ? own : (components.responses[lastOf($ref)] ?? {})
}

/** The alternatives of a value other than null, with references and nested unions resolved. */
export function shapesOf(document: OpenApi, schema: Schema): Schema[] {
  const { $ref, allOf } = schema
  if ($ref !== undefined) return shapesOf(document, document.components.schemas[lastOf($ref)] ?? {})
  if (allOf) {
    const parts = allOf.flatMap((part) => shapesOf(document, part))
    return [{ type: 'object', properties: Object.assign({}, ...parts.map(({ properties }) => properties)) }]
  }
  const union = schema.anyOf ?? schema.oneOf
  const shapes = union ? union.flatMap((each) => shapesOf(document, each)) : [schema]
  return shapes.filter(({ type }) => type !== 'null')
}

/** The children of a value: the members of its objects or of its lists' entries, or else its alternatives. */
export function membersOf(document: OpenApi, schema: Schema): Member[] {
  const shapes = shapesOf(document, schema).filter((shape) => insideOf(document, shape).length > 0)
  const [only, ...others] = shapes
  if (!only) return []
  if (others.length === 0) return insideOf(document, only)
  return shapes.map((shape, index) => ({ name: `${index + 1}`, schema: shape, isRequired: false }))
}

function insideOf(document: OpenApi, shape: Schema): Member[] {
  const { properties = {}, required = [], items, additionalProperties } = shape
  if (items) return membersOf(document, items)
  const named = Object.entries(properties).map(([name, schema]) => {
    return { name, schema, isRequired: required.includes(name) }
  })
  const hasOthers = typeof additionalProperties === 'object' && Object.keys(additionalProperties).length > 0
  return hasOthers ? [...named, { name: '*', schema: additionalProperties, isRequired: false }] : named
}

/** The type of a value in short: `string | number`, `object[]`, `"read" | "all"`. */
export function typeOf(document: OpenApi, schema: Schema): string {
  const names = shapesOf(document, schema).flatMap((shape) => {
    if (shape.const !== undefined) return [JSON.stringify(shape.const)]
    if (shape.enum) return shape.enum.map((value) => JSON.stringify(value))
    if (shape.items) return [`${typeOf(document, shape.items)}[]`]
    return [shape.format ?? shape.type ?? 'any'].flat()
  })
  return [...new Set(names)].filter((name) => name !== 'null').join(' | ')
}

/** An example of a value: the document's own, or one with all members (in requests, with the required ones). */
export function exampleOf(document: OpenApi, schema: Schema, isRequest: boolean, depth = 0): unknown {
  const [shape = {}] = shapesOf(document, schema)
  const [given] = shape.examples ?? shape.enum ?? (shape.const === undefined ? [] : [shape.const])
  if (given !== undefined) return given
  if (shape.items) return depth < MAX_DEPTH ? [exampleOf(document, shape.items, isRequest, depth + 1)] : []
  if (shape.properties) {
    const members = membersOf(document, shape).filter(({ isRequired }) => isRequired || !isRequest)
    const shown = depth < MAX_DEPTH ? members : []
    return Object.fromEntries(
      shown.map((member) => [member.name, exampleOf(document, member.schema, isRequest, depth + 1)]),
    )
  }
  const [type] = [shape.type ?? 'object'].flat()
  if (type === 'string') return shape.format === 'date-time' ? '2026-11-28T12:00:00Z' : '…'
  return type === 'boolean' ? true : type === 'integer' || type === 'number' ? 1 : {}
}

function lastOf(reference: string): string {
  return reference.slice(reference.lastIndexOf('/') + 1)
}
