/** A parsed JSON object whose members are unknown. */
export type JsonObject = Record<string, unknown>

/** Whether a parsed JSON value is an object. */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
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
