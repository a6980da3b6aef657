import type { Endpoint } from '../dashscope/endpoint.ts'
import { GatewayError } from '../errors.ts'
import type { HeaderMap } from '../lib/header-map.ts'
import { JsonBody } from '../lib/json/body.ts'
import { measureJson } from '../lib/json/measure.ts'
import { strictTextOf } from '../lib/json/utf8.ts'
import { readUpTo } from '../upstream/response.ts'

/** A JSON text up to this size cannot fill an isolate, whatever it holds: 256 KiB of the worst make about 10 MB. */
const UNMEASURED_JSON_CHARACTERS = 256 * 1024

/** Values in a larger body: a batch of documents has thousands; 200,000 take about 20 MB when parsed. */
const MAX_JSON_VALUES = 200_000

/** Nesting in a larger body; the deepest JSON schemas of tools have a few dozen levels. */
const MAX_JSON_DEPTH = 1000

/**
 * Encodings whose bytes mean another text than UTF-8. Others, such as us-ascii and iso-8859-1, are what some clients declare
 * by default; RFC 8259 gives a charset no meaning, and bytes that are not UTF-8 are refused anyway.
 */
const OTHER_CHARSET = /charset\s*=\s*"?(?:utf-?(?:16|32)|ucs|gb|big5|shift|euc|iso-2022|hz)/

/** The body of a request. */
export type RequestBody =
  | { kind: 'none' }
  | { kind: 'multipart'; bytes: Uint8Array<ArrayBuffer> }
  | { kind: 'json'; json: JsonBody }

/**
 * Reads a request's body, once.
 *
 * @throws GatewayError `tooLarge`, `mediaType` or `invalid` before anything goes upstream.
 */
export async function readRequestBody(
  request: Request,
  headers: HeaderMap,
  endpoint: Endpoint,
  maxBodyBytes: number,
): Promise<RequestBody> {
  if (endpoint.body === 'none') return { kind: 'none' }
  refuseMediaType(headers, endpoint)
  const bytes = await readBody(request, headers, maxBodyBytes)
  if (endpoint.body === 'multipart') return { kind: 'multipart', bytes }
  const text = decode(bytes)
  return { kind: 'json', json: new JsonBody(bytes, text, parse(text)) }
}

/**
 * The model that a request asks: in its body, in the query of an upload policy, and `app:{id}` for an application.
 *
 * @returns undefined for requests that ask no model.
 * @throws GatewayError `invalid` for an upload policy without one.
 */
export function modelOf(
  endpoint: Endpoint,
  id: string | undefined,
  url: URL,
  body: unknown,
): string | undefined {
  if (endpoint.model === 'path') return `app:${id}`
  if (endpoint.model === 'query') return uploadModel(url)
  return body === undefined ? undefined : (body as { model: string }).model
}

function refuseMediaType(headers: HeaderMap, endpoint: Endpoint): void {
  const encoding = headers.get('content-encoding')?.trim().toLowerCase()
  if (encoding && encoding !== 'identity') {
    throw new GatewayError(
      'mediaType',
      `A request body compressed with "${encoding.slice(0, 40)}" is not accepted. Send it uncompressed.`,
    )
  }
  const wanted = endpoint.body === 'json' ? 'application/json' : 'multipart/form-data'
  const header = (headers.get('content-type') ?? '').toLowerCase()
  if (endpoint.body === 'json' && OTHER_CHARSET.test(header)) {
    throw new GatewayError(
      'mediaType',
      'JSON is read as UTF-8 (RFC 8259 section 8.1). Send it so, and leave out the other charset.',
    )
  }
  // A header that was sent twice arrives as a list.
  const types = (endpoint.body === 'json' ? header.split(',') : [header]).map(
    (each) => each.split(';')[0]?.trim() ?? '',
  )
  const [type = ''] = types
  const isWanted = types.every((each) => each === wanted)
  if (isWanted || (endpoint.body === 'json' && !header.trim())) return
  const got = type ? `"${type.slice(0, 80)}"` : 'nothing'
  throw new GatewayError('mediaType', `This endpoint takes ${wanted}; the Content-Type header said ${got}.`)
}

async function readBody(
  request: Request,
  headers: HeaderMap,
  limitBytes: number,
): Promise<Uint8Array<ArrayBuffer>> {
  const announced = Number(headers.get('content-length') ?? Number.NaN)
  if (announced > limitBytes) throw tooLarge(limitBytes)
  // HTTP keeps a body to the length it announced, so only a chunked one has to be counted while it is read.
  if (announced >= 0) return new Uint8Array(await request.arrayBuffer().catch(brokenOff))
  const { body } = request
  if (!body) return new Uint8Array(0)
  const read = await readUpTo(body, limitBytes).catch(brokenOff)
  if (read.kind === 'whole') return read.bytes
  await read.rest.cancel().catch(() => undefined)
  throw tooLarge(limitBytes)
}

function brokenOff(cause: unknown): never {
  throw new GatewayError(
    'invalid',
    'The request body broke off before it was complete, or its chunks are malformed. Send it again.',
    { cause },
  )
}

function tooLarge(limitBytes: number): GatewayError {
  return new GatewayError(
    'tooLarge',
    `The request body is larger than ${limitBytes} bytes, the most this gateway takes. Send less, or pass media by URL.`,
  )
}

function decode(bytes: Uint8Array): string {
  try {
    return strictTextOf(bytes)
  } catch (cause) {
    throw new GatewayError('invalid', 'The request body is not valid UTF-8. Send JSON encoded as UTF-8.', {
      cause,
    })
  }
}

function parse(text: string): unknown {
  if (text.length > UNMEASURED_JSON_CHARACTERS) refuseBomb(text)
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

/** No request has this many values; what has them was made to fill the memory. */
function refuseBomb(text: string): void {
  const { values, depth } = measureJson(text)
  if (values <= MAX_JSON_VALUES && depth <= MAX_JSON_DEPTH) return
  throw new GatewayError(
    'invalid',
    `The request body holds more than ${MAX_JSON_VALUES} values, or nests deeper than ${MAX_JSON_DEPTH}. Send less at once.`,
  )
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
