import { GatewayError } from '../errors.ts'
import type { Schema } from '../lib/schema/fault.ts'
import { validate } from '../policy/validate.ts'
import { readUpTo } from '../upstream/response.ts'

/** A policy with every list full; KV itself would take 25 MiB. */
const MAX_ADMIN_BODY_BYTES = 256 * 1024

const JSON_TYPE = /^application\/(?:[\w.+-]+\+)?json\s*(?:;|$)/i

/**
 * Reads a JSON body that a schema describes in full.
 *
 * @throws GatewayError `mediaType` when it is not declared as JSON, `tooLarge` when it is longer than `limitBytes`,
 *   `invalid` when it is not JSON or not what the schema expects.
 */
export async function readJsonBody<Body>(
  request: Request,
  schema: Schema<Body>,
  limitBytes = MAX_ADMIN_BODY_BYTES,
): Promise<Body> {
  return parseBody(await readText(request, limitBytes), request.headers, schema)
}

/**
 * The same where every field may be left out, and so may the body: none, or an empty one of any type, is `{}`.
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

/** A caller that may send a body without a credential must not be able to fill the isolate. */
async function readText({ body }: Request, limitBytes: number): Promise<string> {
  if (!body) return ''
  const read = await readUpTo(body, limitBytes)
  if (read.kind === 'whole' && read.bytes.byteLength <= limitBytes)
    return new TextDecoder().decode(read.bytes)
  if (read.kind === 'long') await read.rest.cancel().catch(() => undefined)
  throw new GatewayError(
    'tooLarge',
    `The body is larger than ${limitBytes} bytes, the most this address takes.`,
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
