import { GatewayError } from '../errors.ts'
import { JsonBody } from '../lib/json/body.ts'
import { measureJson } from '../lib/json/measure.ts'
import { strictTextOf } from '../lib/json/utf8.ts'

/** A JSON text up to this size cannot fill an isolate, whatever it holds: 256 KiB of the worst make about 10 MB. */
const UNMEASURED_JSON_CHARACTERS = 256 * 1024

/** Values in a larger body: a batch of documents has thousands; 200,000 take about 20 MB when parsed. */
const MAX_JSON_VALUES = 200_000

/** Nesting in a larger body; the deepest JSON schemas of tools have a few dozen levels. */
const MAX_JSON_DEPTH = 1000

/**
 * Reads JSON of a caller's.
 *
 * @param what names the text in errors: `request body`, `line`.
 * @throws GatewayError `invalid` if it is not UTF-8, not JSON, or made to fill the memory.
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

/** No request has this many values; what has them was made to fill the memory. */
function refuseBomb(text: string, what: string): void {
  const { values, depth } = measureJson(text)
  if (values <= MAX_JSON_VALUES && depth <= MAX_JSON_DEPTH) return
  throw new GatewayError(
    'invalid',
    `The ${what} holds more than ${MAX_JSON_VALUES} values, or nests deeper than ${MAX_JSON_DEPTH}. Send less at once.`,
  )
}
