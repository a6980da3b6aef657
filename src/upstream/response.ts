import { GatewayError } from '../errors.ts'
import { textOf } from '../lib/json/utf8.ts'

/** A complete response: plain data, so that requests in the same isolate may share it. */
export interface WholeResponse {
  kind: 'whole'
  status: number
  headers: [string, string][]
  body: Uint8Array<ArrayBuffer>
  /** DashScope had begun to respond before the error, so a retry would be billed again. */
  isPaid?: true
  /** The model that responded, if it was a fallback. */
  model?: string
}

/** A response that is still arriving from DashScope; it belongs to the request that caused it. */
export interface OpenResponse {
  kind: 'open'
  status: number
  headers: [string, string][]
  body: ReadableStream<Uint8Array> | null
  /** The model that responds, if it is a fallback. */
  model?: string
}

export type UpstreamResponse = WholeResponse | OpenResponse

/**
 * A body that was read to its end or, if it is longer than allowed, the bytes read so far and a reader for the rest.
 */
export type ReadBody =
  | { kind: 'whole'; bytes: Uint8Array<ArrayBuffer> }
  | { kind: 'long'; read: Uint8Array[]; rest: ReadableStream<Uint8Array> }

/**
 * Reads a body into memory, but never more than about `limitBytes`.
 *
 * @throws what the stream throws when it breaks.
 */
export async function readUpTo(body: ReadableStream<Uint8Array>, limitBytes: number): Promise<ReadBody> {
  const reader = body.getReader()
  const read: Uint8Array[] = []
  let size = 0
  for (;;) {
    const { done, value } = await reader.read()
    if (done) return { kind: 'whole', bytes: join(read, size) }
    read.push(value)
    size += value.byteLength
    if (size > limitBytes) {
      reader.releaseLock()
      return { kind: 'long', read, rest: body }
    }
  }
}

/**
 * Reads a response body like {@link readUpTo}; in one call if its Content-Length is known, which HTTP enforces (RFC
 * 9112 section 6.3). The length of a decompressed body is not known.
 *
 * @throws what the body throws when it breaks.
 */
export async function readResponse(response: Response, limitBytes: number): Promise<ReadBody> {
  const { headers } = response
  const announced = Number(headers.get('content-length') ?? Number.NaN)
  const isWithin = announced <= limitBytes && !headers.has('content-encoding')
  // `body` creates a stream object, so it is not asked for without need.
  if (!isWithin && response.body) return readUpTo(response.body, limitBytes)
  return { kind: 'whole', bytes: new Uint8Array(await response.arrayBuffer()) }
}

/**
 * Parses the JSON of a complete response for the gateway's own use.
 *
 * @throws GatewayError `upstream` if it is invalid.
 */
export function readJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(textOf(bytes))
  } catch (cause) {
    throw new GatewayError('upstream', "DashScope's response is not valid JSON. Try again in a moment.", {
      cause,
    })
  }
}

/** The headers of a response whose body was converted to JSON. */
export function asJson(headers: [string, string][]): [string, string][] {
  if (headers.some(([name, value]) => name === 'content-type' && value.startsWith('application/json')))
    return headers
  return [...headers.filter(([name]) => name !== 'content-type'), ['content-type', 'application/json']]
}

/**
 * A copy of a chunk, to be kept for a while. The runtime hands out a small chunk as a view on 4 KiB, which the view
 * would keep alive.
 */
export function compact(piece: Uint8Array): Uint8Array {
  return piece.byteLength < piece.buffer.byteLength ? piece.slice() : piece
}

/** Concatenates chunks of `size` bytes in total. */
export function join(pieces: readonly Uint8Array[], size: number): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(size)
  let at = 0
  for (const piece of pieces) {
    all.set(piece, at)
    at += piece.byteLength
  }
  return all
}
