import { connect, type Socket } from 'node:net'

/** An answer as bytes came; a caller that breaks HTTP's rules cannot use an HTTP client. */
export interface RawResponse {
  /** 0 where the connection ended without an answer. */
  status: number
  head: string
  body: string
}

/** How long a raw request waits for its connection to end; the gateway keeps connections open where it may. */
const PATIENCE_MS = 5000

/** Opens a connection to the gateway. Errors end it quietly: being cut off is an answer too. */
export function open(address: string): Socket {
  const { hostname, port } = new URL(address)
  const socket = connect(Number(port), hostname)
  socket.on('error', () => undefined)
  return socket
}

/**
 * Sends bytes as they are and reads what comes until the gateway closes the connection (ask for it with
 * `Connection: close`) or the patience ends.
 *
 * @param end closes our direction of the connection behind the bytes, as a caller does that has no more to say.
 */
export function sendRaw(address: string, request: string | Uint8Array, end = false): Promise<RawResponse> {
  return new Promise((resolve) => {
    const socket = open(address)
    const pieces: Buffer[] = []
    const timer = setTimeout(() => socket.destroy(), PATIENCE_MS)
    socket.on('data', (piece) => pieces.push(piece))
    socket.on('close', () => {
      clearTimeout(timer)
      resolve(parse(Buffer.concat(pieces).toString()))
    })
    socket.write(request)
    if (end) socket.end()
  })
}

/** Lines of a request with CRLF behind each, the blank line and the body. */
export function requestText(lines: readonly string[], body = ''): string {
  return `${lines.join('\r\n')}\r\n\r\n${body}`
}

/** A body in one chunk and the last, empty one (RFC 9112 section 7.1). */
export function chunked(body: string): string {
  return `${Buffer.byteLength(body).toString(16)}\r\n${body}\r\n0\r\n\r\n`
}

function parse(text: string): RawResponse {
  const [head = '', ...rest] = text.split('\r\n\r\n')
  return { status: Number(/^HTTP\/1\.[01] (\d{3})/.exec(head)?.[1] ?? 0), head, body: rest.join('\r\n\r\n') }
}
