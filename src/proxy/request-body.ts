import type { Endpoint } from '../dashscope/endpoint.ts'
import { GatewayError } from '../errors.ts'
import type { HeaderMap } from '../lib/header-map.ts'
import type { JsonBody } from '../lib/json/body.ts'
import { join, readUpTo } from '../upstream/response.ts'
import { type BodyRoom, readWithRoom, SMALL_BODY_BYTES } from './body-room.ts'
import { readJsonText } from './read-json.ts'
import { type OpenUpload, openUpload } from './upload/open-upload.ts'
import { tooLarge } from './upload/upload-form.ts'

/**
 * Charsets that are refused because their bytes differ from UTF-8. Others, such as us-ascii and iso-8859-1, are
 * declared by some clients by default; by RFC 8259 a charset has no meaning, and invalid UTF-8 is refused anyway.
 */
const OTHER_CHARSET = /charset\s*=\s*"?(?:utf-?(?:16|32)|ucs|gb|big5|shift|euc|iso-2022|hz)/

/** An SDP offer has a few kilobytes, mostly candidates. */
const MAX_SDP_BYTES = 64 * 1024

/** The media type of each kind of body. */
const MEDIA_TYPE = { json: 'application/json', multipart: 'multipart/form-data', sdp: 'application/sdp' }

/** The body of a request. */
export type RequestBody =
  | { kind: 'none' }
  | { kind: 'upload'; upload: OpenUpload }
  | { kind: 'text'; bytes: Uint8Array<ArrayBuffer> }
  | { kind: 'json'; json: JsonBody }

/**
 * Reads a request's body once; for a form with a file, only its beginning.
 *
 * @throws GatewayError `tooLarge`, `mediaType` or `invalid`, before anything is sent upstream.
 */
export async function readRequestBody(
  request: Request,
  headers: HeaderMap,
  endpoint: Endpoint,
  room: BodyRoom,
): Promise<RequestBody> {
  if (endpoint.body === 'none') return { kind: 'none' }
  refuseMediaType(headers, endpoint.body)
  if (endpoint.body === 'multipart')
    return { kind: 'upload', upload: await openUpload(request, room.maxBytes, endpoint.fileField) }
  if (endpoint.body === 'sdp')
    return {
      kind: 'text',
      bytes: await readBody(request, headers, { ...room, maxBytes: Math.min(room.maxBytes, MAX_SDP_BYTES) }),
    }
  const bytes = await readBody(request, headers, room)
  return { kind: 'json', json: readJsonText(bytes, 'request body') }
}

/**
 * Reads a form whole, for endpoints whose files become part of a JSON body.
 *
 * @throws GatewayError `tooLarge`, `mediaType` or `invalid`.
 */
export function readFormBytes(
  request: Request,
  headers: HeaderMap,
  room: BodyRoom,
): Promise<Uint8Array<ArrayBuffer>> {
  refuseMediaType(headers, 'multipart')
  return readBody(request, headers, room)
}

/**
 * The requested model: from the body or the query, or `app:{app}` for an application.
 *
 * @returns undefined for requests without a model.
 * @throws GatewayError `invalid` if the query must have exactly one model and does not.
 */
export function modelOf(
  endpoint: Endpoint,
  app: string | undefined,
  url: URL,
  body: unknown,
): string | undefined {
  if (endpoint.model === 'path') return `app:${app}`
  if (endpoint.model === 'query') return modelInQuery(endpoint, url)
  if (endpoint.model === 'none' || body === undefined) return undefined
  return (body as { model: string }).model
}

function refuseMediaType(headers: HeaderMap, body: keyof typeof MEDIA_TYPE): void {
  const encoding = headers.get('content-encoding')?.trim().toLowerCase()
  if (encoding && encoding !== 'identity') {
    throw new GatewayError(
      'mediaType',
      `A request body compressed with "${encoding.slice(0, 40)}" is not accepted. Send it uncompressed.`,
    )
  }
  const wanted = MEDIA_TYPE[body]
  const header = (headers.get('content-type') ?? '').toLowerCase()
  if (header === wanted) return
  if (body === 'json' && OTHER_CHARSET.test(header)) {
    throw new GatewayError('mediaType', 'Unsupported charset. Send JSON as UTF-8 (RFC 8259 section 8.1).')
  }
  // A repeated header arrives as a list.
  const types = (body === 'json' ? header.split(',') : [header]).map(
    (each) => each.split(';')[0]?.trim() ?? '',
  )
  const [type = ''] = types
  const isWanted = types.every((each) => each === wanted)
  if (isWanted || (body === 'json' && !header.trim())) return
  const got = type ? `"${type.slice(0, 80)}"` : 'nothing'
  throw new GatewayError('mediaType', `This endpoint expects ${wanted}; the Content-Type header is ${got}.`)
}

async function readBody(
  request: Request,
  headers: HeaderMap,
  room: BodyRoom,
): Promise<Uint8Array<ArrayBuffer>> {
  const announced = Number(headers.get('content-length') ?? Number.NaN)
  if (announced > room.maxBytes) throw tooLarge(room.maxBytes, 'The request body')
  // HTTP enforces the Content-Length, so only a chunked body must be counted while it is read.
  if (announced >= 0) {
    const read = async () => new Uint8Array(await request.arrayBuffer().catch(brokenOff))
    return announced > SMALL_BODY_BYTES
      ? readWithRoom(room, { bytes: announced, signal: request.signal }, read)
      : read()
  }
  return request.body ? readChunks(request.body, request.signal, room) : new Uint8Array(0)
}

/** Reads a body of unknown size: its beginning at once, and the rest when there is room for the largest body. */
async function readChunks(
  body: ReadableStream<Uint8Array>,
  signal: AbortSignal,
  room: BodyRoom,
): Promise<Uint8Array<ArrayBuffer>> {
  const begun = await readUpTo(body, Math.min(SMALL_BODY_BYTES, room.maxBytes)).catch(brokenOff)
  if (begun.kind === 'whole') return begun.bytes
  const size = begun.read.reduce((sum, { byteLength }) => sum + byteLength, 0)
  const left = room.maxBytes - size
  const rest =
    left >= 0
      ? await readWithRoom(room, { bytes: room.maxBytes, signal }, () =>
          readUpTo(begun.rest, left).catch(brokenOff),
        )
      : begun
  if (rest.kind === 'whole') return join([...begun.read, rest.bytes], size + rest.bytes.byteLength)
  await rest.rest.cancel().catch(() => undefined)
  throw tooLarge(room.maxBytes, 'The request body')
}

function brokenOff(cause: unknown): never {
  throw new GatewayError(
    'invalid',
    'The request body broke off before it was complete, or its chunks are malformed. Send it again.',
    { cause },
  )
}

/**
 * The query must have exactly one model: with several values, DashScope might use either. For an upload policy the
 * action must be checked too.
 */
function modelInQuery({ ownership }: Endpoint, url: URL): string {
  const [action, ...otherActions] = url.searchParams.getAll('action')
  if (ownership?.kind === 'upload' && (action !== 'getPolicy' || otherActions.length > 0)) {
    throw new GatewayError('invalid', 'action: expected "getPolicy".', { param: 'action' })
  }
  const [model, ...otherModels] = url.searchParams.getAll('model')
  if (!model || otherModels.length > 0)
    throw new GatewayError('invalid', 'model: expected the name of exactly one model in the query.', {
      param: 'model',
    })
  return model
}
