import { GatewayError } from '../errors.ts'
import { JsonBody } from '../lib/json/body.ts'
import { measureJson } from '../lib/json/measure.ts'
import { strictTextOf } from '../lib/json/utf8.ts'

/** A JSON text up to this size cannot exhaust an isolate: in the worst case, 256 KiB take about 10 MB when parsed. */
const UNMEASURED_JSON_CHARACTERS = 256 * 1024

/**
 * Maximum number of values in a larger body: a batch of documents has thousands; 200,000 take about 20 MB when
 * parsed.
 */
const MAX_JSON_VALUES = 200_000

/** Maximum nesting in a larger body; the deepest JSON schemas of tools have a few dozen levels. */
const MAX_JSON_DEPTH = 1000

/**
 * Parses a caller's JSON.
 *
 * @param what the noun in error messages: `request body`, `line`.
 * @throws GatewayError `invalid` if it is not UTF-8, not JSON, or designed to exhaust memory.
 */
export function readJsonText(bytes: Uint8Array<ArrayBuffer>, what: string): JsonBody {
  const text = decode(bytes, what)
  return new JsonBody(bytes, text, parse(text, what))
}

function decode(bytes: Uint8Array, what: string): string {
  try {
    return strictTextOf(bytes)
  } catch (cause) {
    throw new GatewayError('invalid', `The ${what} is not valid UTF-8. Send JSON encoded as UTF-8.`, {
      cause,
    })
  }
}

function parse(text: string, what: string): unknown {
  if (text.length > UNMEASURED_JSON_CHARACTERS) refuseBomb(text, what)
  try {
    return JSON.parse(text)
  } catch (cause) {
    const state = text.trim() === '' ? 'empty' : 'not valid JSON'
    throw new GatewayError(
      'invalid',
      `Required body invalid, please check the request body format. The ${what} is ${state}.`,
      { cause },
    )
  }
}

/** Legitimate requests never have this many values; such a text is designed to exhaust memory. */
function refuseBomb(text: string, what: string): void {
  const { values, depth } = measureJson(text)
  if (values <= MAX_JSON_VALUES && depth <= MAX_JSON_DEPTH) return
  throw new GatewayError(
    'invalid',
    `The ${what} has more than ${MAX_JSON_VALUES} values, or nests deeper than ${MAX_JSON_DEPTH}. Split it into smaller requests.`,
  )
}
