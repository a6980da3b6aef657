import { GatewayError } from '../errors.ts'
import { textOf } from '../lib/json/utf8.ts'

/** An answer that is complete: plain data, so that requests in the same isolate may share it. */
export interface WholeResponse {
  kind: 'whole'
  status: number
  headers: [string, string][]
  body: Uint8Array<ArrayBuffer>
  /** An error that came after DashScope had begun to answer, so that asking again would pay again. */
  isPaid?: true
  /** The model that responded, if it was a fallback. */
  model?: string
}

/** An answer that still flows from DashScope; it belongs to the request that asked. */
export interface OpenResponse {
  kind: 'open'
  status: number
  headers: [string, string][]
  body: ReadableStream<Uint8Array> | null
  /** The model that responds, where it is a fallback. */
  model?: string
}

export type UpstreamResponse = WholeResponse | OpenResponse

/** A body read to its end, or, if it was longer than allowed, what was read, followed by the rest. */
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
 * Reads an answer's body like {@link readUpTo}, in one go if its length was announced, which HTTP keeps it to (RFC 9112
 * section 6.3). The length of a decompressed one is not announced.
 *
 * @throws what the body throws when it breaks.
 */
export async function readResponse(response: Response, limitBytes: number): Promise<ReadBody> {
  const { headers, body } = response
  const announced = Number(headers.get('content-length') ?? Number.NaN)
  const isWithin = announced <= limitBytes && !headers.has('content-encoding')
  if (body && !isWithin) return readUpTo(body, limitBytes)
  return { kind: 'whole', bytes: new Uint8Array(await response.arrayBuffer()) }
}

/**
 * The JSON of a complete answer that the gateway itself has to read.
 *
 * @throws GatewayError `upstream` if it is invalid.
 */
export function readJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(textOf(bytes))
  } catch (cause) {
    throw new GatewayError(
      'upstream',
      'DashScope answered with something that is not JSON. Try again in a moment.',
      {
        cause,
      },
    )
  }
}

/** Headers of an answer whose body has become JSON. */
export function asJson(headers: [string, string][]): [string, string][] {
  if (headers.some(([name, value]) => name === 'content-type' && value.startsWith('application/json')))
    return headers
  return [...headers.filter(([name]) => name !== 'content-type'), ['content-type', 'application/json']]
}

/**
 * A piece to be kept for a while. The runtime hands a small one out as a view on 4 KiB, all of which the view would keep.
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
