/** A JSON object with unchecked members. */
export type JsonObject = { [name: string]: unknown }

/** Takes any value; returns it when it is a JSON object, otherwise an empty one. Never throws. */
export function objectOf(value: unknown): JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : {}
}

/** Takes any value; returns it when it is an array, otherwise an empty one. Never throws. */
export function listOf(value: unknown): unknown[] {
  return Array.isArray(value) ? value : []
}

/** Takes any value; returns it when it is a string, otherwise ''. Never throws. */
export function textOf(value: unknown): string {
  return typeof value === 'string' ? value : ''
}

/** Takes any value; returns it when it is a number, otherwise undefined. Never throws. */
export function numberOf(value: unknown): number | undefined {
  return typeof value === 'number' ? value : undefined
}

/** Takes the text of a request body; returns the object in it, or undefined when it holds none. Never throws. */
export function parseObject(text: string): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as JsonObject)
      : undefined
  } catch {
    return undefined
  }
}
