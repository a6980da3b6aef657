import type { Endpoint } from './dashscope/endpoint.ts'
import { asksForStream, asksForTask } from './dashscope/streaming.ts'
import { validate } from './dashscope/validate.ts'
import { GatewayError } from './errors.ts'
import { readUpTo } from './relay/answer.ts'

/** What the caller asks, read once and parsed once. */
export interface Question {
  /** The body as it came; these very bytes go upstream. */
  bytes: Uint8Array<ArrayBuffer> | undefined
  /** The same as text, without a byte order mark; only where the body is JSON. */
  text: string | undefined
  body: unknown
  /** The model asked, `app:{id}` for an application, undefined where there is none. */
  model: string | undefined
  stream: boolean
  asTask: boolean
}

/**
 * Reads and checks a request's body.
 *
 * @param id what stands at `{id}` in the path.
 * @throws GatewayError `tooLarge`, `mediaType` or `invalid` before anything goes upstream.
 */
export async function readQuestion(
  request: Request,
  url: URL,
  endpoint: Endpoint,
  id: string | undefined,
  maxBodyBytes: number,
): Promise<Question> {
  const { headers } = request
  if (endpoint.body === 'none') {
    const model = endpoint.family === 'upload-policy' ? uploadModel(url) : undefined
    return { bytes: undefined, text: undefined, body: undefined, model, stream: false, asTask: false }
  }
  refuseMediaType(headers, endpoint)
  const bytes = await readBody(request, maxBodyBytes)
  if (endpoint.body === 'multipart') {
    return { bytes, text: undefined, body: undefined, model: undefined, stream: false, asTask: false }
  }
  const text = decode(bytes)
  const body = parse(text)
  if (endpoint.schema) validate(endpoint.schema, body)
  return {
    bytes,
    text,
    body,
    model: endpoint.family === 'app' ? `app:${id}` : (body as { model: string }).model,
    stream: asksForStream(endpoint, headers, body),
    asTask: asksForTask(headers) && endpoint.ownership?.action === 'create',
  }
}

function refuseMediaType(headers: Headers, endpoint: Endpoint): void {
  const encoding = headers.get('content-encoding')?.trim().toLowerCase()
  if (encoding && encoding !== 'identity') {
    throw new GatewayError(
      'mediaType',
      `A request body compressed with "${encoding.slice(0, 40)}" is not accepted. Send it uncompressed.`,
    )
  }
  const wanted = endpoint.body === 'json' ? 'application/json' : 'multipart/form-data'
  const type = headers.get('content-type')?.split(';', 1)[0]?.trim().toLowerCase()
  if (type === wanted || (endpoint.body === 'json' && !type)) return
  const got = type ? `"${type.slice(0, 80)}"` : 'nothing'
  throw new GatewayError('mediaType', `This endpoint takes ${wanted}; the Content-Type header said ${got}.`)
}

async function readBody(request: Request, limitBytes: number): Promise<Uint8Array<ArrayBuffer>> {
  const { body } = request
  if (!body) return new Uint8Array(0)
  const announced = Number(request.headers.get('content-length') ?? Number.NaN)
  if (announced > limitBytes) throw tooLarge(limitBytes)
  // HTTP keeps a body to the length it announced, so only a chunked one has to be counted while it is read.
  if (announced >= 0) return new Uint8Array(await request.arrayBuffer())
  const read = await readUpTo(body, limitBytes)
  if (read.kind === 'whole') return read.bytes
  await read.rest.cancel().catch(() => undefined)
  throw tooLarge(limitBytes)
}

function tooLarge(limitBytes: number): GatewayError {
  return new GatewayError(
    'tooLarge',
    `The request body is larger than ${limitBytes} bytes, the most this gateway takes. Send less, or pass media by URL.`,
  )
}

function decode(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: false }).decode(bytes)
  } catch (cause) {
    throw new GatewayError('invalid', 'The request body is not valid UTF-8. Send JSON encoded as UTF-8.', {
      cause,
    })
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    const what = text.trim() === '' ? 'empty' : 'not valid JSON'
    throw new GatewayError(
      'invalid',
      `Required body invalid, please check the request body format. The request body is ${what}.`,
      { cause },
    )
  }
}

/** A policy for uploads is given for one model, and for nothing but an upload; of two values DashScope might take either. */
function uploadModel(url: URL): string {
  const [action, ...otherActions] = url.searchParams.getAll('action')
  if (action !== 'getPolicy' || otherActions.length > 0) {
    throw new GatewayError('invalid', 'action: expected "getPolicy".', { param: 'action' })
  }
  const [model, ...otherModels] = url.searchParams.getAll('model')
  if (!model || otherModels.length > 0)
    throw new GatewayError('invalid', 'model: expected the name of the one model that the upload is for.', {
      param: 'model',
    })
  return model
}
