import { isJsonObject, type JsonObject } from '../lib/json/object.ts'

/** A member that is an object; an empty object for anything else. */
export function innerObject(value: unknown, name: string): JsonObject {
  const member = isJsonObject(value) ? value[name] : undefined
  return isJsonObject(member) ? member : {}
}

/** A non-negative number in a report of DashScope; 0 for anything else, also for numbers too large to be summed. */
export function positiveAt(object: JsonObject, name: string): number {
  const value = object[name]
  return typeof value === 'number' && value > 0 && value <= Number.MAX_SAFE_INTEGER ? value : 0
}
