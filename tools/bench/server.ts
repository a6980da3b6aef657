import { createServer, type Socket } from 'node:net'
import { type Head, messageParser } from './wire.ts'

/** A request read to its end, and the connection for the response. */
export interface ServedRequest {
  method: string
  /** Path and query as sent. */
  target: string
  headers: ReadonlyMap<string, string>
  body: Buffer
  socket: Socket
}

/**
 * Serves HTTP/1.1 without the expensive parts of node:http, so that the upstream is never the bottleneck.
 *
 * @param where a port on 127.0.0.1 (0: a free one) or the path of a Unix socket.
 * @returns the port, or 0 for a Unix socket.
 */
export function serve(where: number | string, respond: (request: ServedRequest) => void): Promise<number> {
  const server = createServer({ noDelay: true }, (socket) => {
    let head: Head | undefined
    let pieces: Buffer[] = []
    const parse = messageParser({
      head: (read) => {
        head = read
        pieces = []
      },
      body: (piece) => void pieces.push(piece),
      end: () => {
        const [method = '', target = ''] = head?.startLine.split(' ') ?? []
        const [first] = pieces
        const body = pieces.length === 1 && first ? first : Buffer.concat(pieces)
        respond({ method, target, headers: head?.headers ?? new Map(), body, socket })
      },
    })
    socket.on('data', parse)
    // The Worker drops connections when the bench ends; that is not a failure here.
    socket.on('error', () => socket.destroy())
  })
  const { promise, resolve, reject } = Promise.withResolvers<number>()
  server.once('error', reject)
  const listening = () => {
    const address = server.address()
    resolve(address !== null && typeof address === 'object' ? address.port : 0)
  }
  if (typeof where === 'number') server.listen(where, '127.0.0.1', listening)
  else server.listen(where, listening)
  return promise
}

/** An answer with a body of known length. */
export function reply(socket: Socket, status: number, headers: string, body: string | Buffer): void {
  socket.cork()
  socket.write(`HTTP/1.1 ${status} -\r\n${headers}content-length: ${Buffer.byteLength(body)}\r\n\r\n`)
  if (body.length > 0) socket.write(body)
  socket.uncork()
}
