import { type JsonObject, listOf, numberOf, objectOf, textOf } from '../json.ts'
import { type Material, names } from './json-material.ts'
import { memberFor, numberFor, stringFor } from './json-scalars.ts'

/** Where in a schema the walk is: the property's name and the `$ref`s it went through. */
interface Spot {
  root: JsonObject
  material: Material
  name: string
  refs: string[]
}

/**
 * Takes a JSON schema and material; returns a value that fits it: objects with all their properties, arrays of one
 * item or as many as they need, the first branch of a union that is not null. A schema that holds itself is followed
 * once, then its optional parts are left out. What `response_format` may hold: DashScope's page on structured output.
 */
export function fitting(schema: JsonObject, material: Material): unknown {
  return valueFor(schema, { root: schema, material, name: '', refs: ['#'] })
}

function valueFor(value: unknown, spot: Spot): unknown {
  const schema = withParts(objectOf(value), spot.root)
  if ('const' in schema) return schema.const
  if (Array.isArray(schema.enum)) return memberFor(schema.enum, spot.material)
  if (typeof schema.$ref === 'string') return referred(schema.$ref, spot)
  const branches = listOf(schema.anyOf ?? schema.oneOf)
  if (branches.length > 0) return valueFor(branchFor(branches, spot), spot)
  switch (typeOf(schema, spot)) {
    case 'object':
      return objectFor(schema, spot)
    case 'array':
      return arrayFor(schema, spot)
    case 'integer':
      return numberFor(schema, true, spot.material)
    case 'number':
      return numberFor(schema, false, spot.material)
    case 'boolean':
      return true
    case 'null':
      return null
    default:
      return stringFor(schema, spot.name, spot.material)
  }
}

/** Takes a schema and the whole one; returns it with what its `allOf` says joined into it. */
function withParts(schema: JsonObject, root: JsonObject): JsonObject {
  const parts = listOf(schema.allOf).map((part) => withParts(referent(part, root), root))
  if (parts.length === 0) return schema
  const all = [schema, ...parts]
  const properties = Object.assign({}, ...all.map((part) => objectOf(part.properties)))
  return Object.assign({}, ...all, { properties, required: all.flatMap((part) => listOf(part.required)) })
}

/** Nothing fits a schema that cannot do without itself; null ends it. */
function referred(ref: string, spot: Spot): unknown {
  const entered = spot.refs.filter((known) => known === ref).length
  return entered > 1 ? null : valueFor(pointed(ref, spot.root), { ...spot, refs: [...spot.refs, ref] })
}

/** Takes a reference within the schema (`#/$defs/Name`, a JSON pointer, RFC 6901) and the schema; returns what is there. */
function pointed(ref: string, root: JsonObject): unknown {
  return ref
    .split('/')
    .slice(1)
    .map((part) => decodeURIComponent(part).replaceAll('~1', '/').replaceAll('~0', '~'))
    .reduce<unknown>((at, part) => (Array.isArray(at) ? at[Number(part)] : objectOf(at)[part]), root)
}

/** Takes a schema or a reference to one, and the whole schema; returns the schema itself. */
function referent(value: unknown, root: JsonObject): JsonObject {
  const { $ref: ref } = objectOf(value)
  return objectOf(typeof ref === 'string' ? pointed(ref, root) : value)
}

/** Within itself for the second time, a schema is to come to an end. */
function isEnding({ refs }: Spot): boolean {
  return new Set(refs).size < refs.length
}

function branchFor(branches: readonly unknown[], spot: Spot): unknown {
  const isNull = (branch: unknown): boolean => objectOf(branch).type === 'null'
  const ends = (branch: unknown): boolean => typeof objectOf(branch).$ref !== 'string'
  const isNamed = (branch: unknown): boolean =>
    constants(branch, spot.root).some((value) => names(spot.material.asked, value))
  if (isEnding(spot)) return branches.find(isNull) ?? branches.find(ends) ?? branches[0]
  const full = branches.filter((branch) => !isNull(branch))
  return full.find(isNamed) ?? full[0] ?? branches[0]
}

/** Takes a union's branch; returns its constants and its properties', which tell the branches of a union apart. */
function constants(branch: unknown, root: JsonObject): unknown[] {
  const schema = referent(branch, root)
  const own = (value: unknown): unknown[] => [objectOf(value).const, ...listOf(objectOf(value).enum)]
  return [schema, ...Object.values(objectOf(schema.properties))].flatMap(own)
}

function typeOf(schema: JsonObject, spot: Spot): string {
  const types = Array.isArray(schema.type) ? schema.type : [schema.type]
  if (isEnding(spot) && types.includes('null')) return 'null'
  const [type] = types.filter((name) => name !== 'null')
  if (type !== undefined) return textOf(type)
  if (types.includes('null')) return 'null'
  if (schema.properties !== undefined) return 'object'
  return schema.items === undefined && schema.prefixItems === undefined ? 'string' : 'array'
}

function objectFor(schema: JsonObject, spot: Spot): JsonObject {
  const properties = objectOf(schema.properties)
  const required = listOf(schema.required).map(textOf)
  const possible = Object.keys(properties).filter((name) => isPossible(properties[name]))
  const chosen = isEnding(spot) ? required : new Set([...possible, ...required])
  return Object.fromEntries(
    Array.from(chosen, (name) => {
      return [name, valueFor(properties[name] ?? schema.additionalProperties, { ...spot, name })]
    }),
  )
}

/** A property that is `false`, or not anything, can only be left out. */
function isPossible(schema: unknown): boolean {
  const { not } = objectOf(schema)
  return schema !== false && not !== true && JSON.stringify(not) !== '{}'
}

function arrayFor(schema: JsonObject, spot: Spot): unknown[] {
  const tuple = listOf(schema.prefixItems ?? schema.items)
  const least = numberOf(schema.minItems) ?? 0
  const wanted = tuple.length > 0 || isEnding(spot) ? least : Math.max(least, 1)
  const most = numberOf(schema.maxItems) ?? Infinity
  const length = Math.min(Math.max(tuple.length, wanted), most)
  return Array.from({ length }, (_, index) => valueFor(tuple[index] ?? schema.items, spot))
}
