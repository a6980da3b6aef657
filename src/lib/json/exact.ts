import { isJsonObject, type JsonObject } from './object.ts'

/**
 * JSON.rawJSON and the reviver's source text (ECMAScript, "JSON.parse source text access"), which TypeScript's types
 * lack.
 */
interface SourceTextAccess {
  parse: (
    text: string,
    reviver: (key: string, value: unknown, context: { source?: string }) => unknown,
  ) => unknown
  rawJSON: (token: string) => unknown
}

const json = JSON as unknown as SourceTextAccess

/**
 * Matches numbers that parsing could change: long ones, and those with a fraction or an exponent. A match in a string
 * does no harm.
 */
const DELICATE_NUMBER = /[:[,]\s*-?(?:\d{16}|\d+[.eE])/

/**
 * Parses JSON so that JSON.stringify reproduces every number exactly: a tool's argument may exceed 2^53, and `10.0`
 * stays `10.0`. Such a number is a frozen object that only JSON.stringify understands; every other one is a number.
 *
 * @throws SyntaxError when the text is not JSON.
 */
export function parseExactly(text: string): unknown {
  if (!DELICATE_NUMBER.test(text)) return JSON.parse(text)
  return json.parse(text, (_, value, { source }) =>
    typeof value === 'number' && source !== undefined && String(value) !== source
      ? json.rawJSON(source)
      : value,
  )
}

/** The object in a JSON text, its numbers exact; undefined for any other text. */
export function parseObjectExactly(text: string): JsonObject | undefined {
  try {
    const value = parseExactly(text)
    return isJsonObject(value) ? value : undefined
  } catch {
    return undefined
  }
}
