import { isJsonObject, type JsonObject } from '../../lib/json/object.ts'
import { textOf } from '../../lib/json/utf8.ts'

/** The object in a JSON payload; undefined for any other payload. */
export function objectIn(body: Uint8Array): JsonObject | undefined {
  return parseObject(textOf(body))
}

/** The object in a JSON text; undefined for any other text. */
export function parseObject(text: string): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return isJsonObject(value) ? value : undefined
  } catch {
    return undefined
  }
}

/** A member that is an object; undefined for any other member. */
export function objectAt(object: JsonObject | undefined, name: string): JsonObject | undefined {
  const value = object?.[name]
  return isJsonObject(value) ? value : undefined
}

/** The objects of a member that is an array. */
export function objectsAt(object: JsonObject | undefined, name: string): JsonObject[] {
  const value = object?.[name]
  return Array.isArray(value) ? value.filter(isJsonObject) : []
}
