import { type Schema, validate } from '../dashscope/validate.ts'
import { GatewayError } from '../errors.ts'

const JSON_TYPE = /^application\/(?:[\w.+-]+\+)?json\s*(?:;|$)/i

/**
 * Reads a JSON body that a schema describes in full.
 *
 * @throws GatewayError `mediaType` when it is not declared as JSON, `invalid` when it is not JSON or not what the schema
 *   expects.
 */
export async function readJsonBody(request: Request, schema: Schema): Promise<unknown> {
  if (!JSON_TYPE.test(request.headers.get('content-type') ?? '')) {
    throw new GatewayError(
      'mediaType',
      'The body must be JSON. Send it with "Content-Type: application/json".',
    )
  }
  const body = parse(await request.text())
  validate(schema, body)
  return body
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
