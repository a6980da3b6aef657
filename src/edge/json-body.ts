import { GatewayError } from '../errors.ts'
import type { Schema } from '../lib/schema/fault.ts'
import { validate } from '../policy/validate.ts'
import { readUpTo } from '../upstream/response.ts'

/** Enough for a policy with every list full; KV would accept 25 MiB. */
const MAX_ADMIN_BODY_BYTES = 256 * 1024

const JSON_TYPE = /^application\/(?:[\w.+-]+\+)?json\s*(?:;|$)/i

/**
 * Reads a JSON body and validates it with a schema.
 *
 * @throws GatewayError `mediaType` if it is not declared as JSON, `tooLarge` if it is longer than `limitBytes`,
 *   `invalid` if it is not JSON or does not match the schema.
 */
export async function readJsonBody<Body>(
  request: Request,
  schema: Schema<Body>,
  limitBytes = MAX_ADMIN_BODY_BYTES,
): Promise<Body> {
  return parseBody(await readText(request, limitBytes), request.headers, schema)
}

/**
 * The same for bodies without required fields: a missing or empty body, of any type, counts as `{}`.
 *
 * @throws GatewayError as {@link readJsonBody} does for a body that is not empty.
 */
export async function readOptionalJsonBody<Body>(
  request: Request,
  schema: Schema<Body>,
  limitBytes: number,
): Promise<Body> {
  const text = await readText(request, limitBytes)
  return text === '' ? validate(schema, {}) : parseBody(text, request.headers, schema)
}

function parseBody<Body>(text: string, headers: Headers, schema: Schema<Body>): Body {
  if (!JSON_TYPE.test(headers.get('content-type') ?? '')) {
    throw new GatewayError(
      'mediaType',
      'The body must be JSON. Send it with "Content-Type: application/json".',
    )
  }
  return validate(schema, parse(text))
}

/** Some addresses accept bodies without a credential, so the size is limited while reading. */
async function readText({ body }: Request, limitBytes: number): Promise<string> {
  if (!body) return ''
  const read = await readUpTo(body, limitBytes)
  if (read.kind === 'whole' && read.bytes.byteLength <= limitBytes)
    return new TextDecoder().decode(read.bytes)
  if (read.kind === 'long') await read.rest.cancel().catch(() => undefined)
  throw new GatewayError(
    'tooLarge',
    `The body is larger than ${limitBytes} bytes, the maximum at this address.`,
  )
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new GatewayError('invalid', 'The body is not valid JSON. Check its quotes, commas and brackets.', {
      cause,
    })
  }
}
