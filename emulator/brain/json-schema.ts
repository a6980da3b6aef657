import { type JsonObject, listOf, numberOf, objectOf, textOf } from '../json.ts'
import { type Material, names } from './json-material.ts'
import { memberFor, numberFor, stringFor } from './json-scalars.ts'

/** The position in a schema: the property's name and the `$ref`s on the path. */
interface Spot {
  root: JsonObject
  material: Material
  name: string
  refs: string[]
}

/**
 * A value that fits a JSON schema: objects with all properties, arrays with one item or the required number, the
 * first non-null branch of a union. A recursive schema is followed once, then its optional parts are left out.
 * Supported `response_format`: DashScope's page on structured output.
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

/** A schema with its `allOf` merged into it. */
function withParts(schema: JsonObject, root: JsonObject): JsonObject {
  const parts = listOf(schema.allOf).map((part) => withParts(referent(part, root), root))
  if (parts.length === 0) return schema
  const all = [schema, ...parts]
  const properties = Object.assign({}, ...all.map((part) => objectOf(part.properties)))
  return Object.assign({}, ...all, { properties, required: all.flatMap((part) => listOf(part.required)) })
}

/** No value fits a schema with a required recursion; null ends it. */
function referred(ref: string, spot: Spot): unknown {
  const entered = spot.refs.filter((known) => known === ref).length
  return entered > 1 ? null : valueFor(pointed(ref, spot.root), { ...spot, refs: [...spot.refs, ref] })
}

/** Resolves a reference within the schema (`#/$defs/Name`, a JSON pointer, RFC 6901). */
function pointed(ref: string, root: JsonObject): unknown {
  return ref
    .split('/')
    .slice(1)
    .map((part) => decodeURIComponent(part).replaceAll('~1', '/').replaceAll('~0', '~'))
    .reduce<unknown>((at, part) => (Array.isArray(at) ? at[Number(part)] : objectOf(at)[part]), root)
}

/** Resolves a schema or a reference to one. */
function referent(value: unknown, root: JsonObject): JsonObject {
  const { $ref: ref } = objectOf(value)
  return objectOf(typeof ref === 'string' ? pointed(ref, root) : value)
}

/** Whether a recursive schema is entered for the second time and must end. */
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

/** The constants of a union's branch and of its properties, which distinguish the branches. */
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

/** Whether a schema allows any value; a property with the schema `false`, or `not` of anything, must be left out. */
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
