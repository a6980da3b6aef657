/** A parsed JSON object whose members are unknown. */
export type JsonObject = Record<string, unknown>

/** Whether a parsed JSON value is an object. */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
