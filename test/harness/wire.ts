import { type IncomingHttpHeaders, request } from 'node:http'

/** A request as it is on the wire: nothing is normalised, as `fetch` would. */
export interface WireRequest {
  method?: string
  /** The request target to the letter: dots, escapes and double slashes stay. */
  path: string
  headers?: Record<string, string | string[]>
  /** Whether a response that is cut off is returned as far as it came; otherwise it is an error. */
  allowCut?: boolean
  /** One piece goes with its Content-Length, several go chunked. */
  body?: string | Uint8Array | readonly (string | Uint8Array)[]
}

/** A response as it is on the wire: nothing is decompressed or decoded. */
export interface WireResponse {
  status: number
  headers: IncomingHttpHeaders
  /** Names and values in turn, as they were written. */
  rawHeaders: string[]
  body: Buffer
  text: string
}

/**
 * Sends one request and reads its answer to the end. An answer that comes before the request was read to its end counts,
 * whatever becomes of the rest of the request.
 */
export function send(
  address: string,
  { method = 'GET', path, headers = {}, body, allowCut = false }: WireRequest,
): Promise<WireResponse> {
  const { hostname, port } = new URL(address)
  const pieces =
    body === undefined ? [] : typeof body === 'string' || body instanceof Uint8Array ? [body] : body
  const isWhole = !Array.isArray(body)
  const length = isWhole && pieces[0] !== undefined ? { 'content-length': Buffer.byteLength(pieces[0]) } : {}
  return new Promise((resolve, reject) => {
    const outgoing = request({
      hostname,
      port,
      method,
      path,
      agent: false,
      headers: { ...length, ...headers },
    })
    outgoing.on('response', (incoming) => {
      const read: Buffer[] = []
      incoming.on('data', (piece: Buffer) => read.push(piece))
      const finish = () => {
        const whole = Buffer.concat(read)
        const { statusCode = 0, headers, rawHeaders } = incoming
        resolve({ status: statusCode, headers, rawHeaders, body: whole, text: whole.toString() })
        outgoing.destroy()
      }
      incoming.on('error', allowCut ? finish : reject)
      incoming.on('end', finish)
      outgoing.off('error', reject)
      outgoing.on('error', () => undefined)
    })
    outgoing.on('error', reject)
    for (const piece of pieces) outgoing.write(piece)
    outgoing.end()
  })
}
