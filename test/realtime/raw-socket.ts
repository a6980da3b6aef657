import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { type IncomingMessage, request } from 'node:http'
import type { Socket } from 'node:net'

/** A WebSocket on the wire: its handshake as it was answered, and a connection that the test reads or leaves alone. */
export interface RawSocket {
  response: IncomingMessage
  connection: Socket
  /** Sends one text frame. */
  send: (message: unknown) => void
}

/** Makes the handshake by hand, so that headers are the test's own and nothing reads the connection unless it wants to. */
export async function openRawSocket(address: string, headers: Record<string, string>): Promise<RawSocket> {
  const url = new URL(address)
  const outgoing = request({
    hostname: url.hostname,
    port: url.port,
    path: url.pathname + url.search,
    headers: {
      connection: 'Upgrade',
      upgrade: 'websocket',
      'sec-websocket-version': '13',
      'sec-websocket-key': randomBytes(16).toString('base64'),
      ...headers,
    },
  })
  outgoing.end()
  const [response, connection] = (await once(outgoing, 'upgrade')) as [IncomingMessage, Socket]
  connection.on('error', () => undefined)
  return { response, connection, send: (message) => connection.write(textFrame(JSON.stringify(message))) }
}

/** A masked text frame (RFC 6455 section 5.2); the mask is zero, so the payload is readable. */
function textFrame(text: string): Buffer {
  const payload = Buffer.from(text)
  const head =
    payload.length < 126
      ? Buffer.from([0x81, 0x80 | payload.length])
      : Buffer.from([0x81, 0x80 | 126, payload.length >> 8, payload.length & 0xff])
  return Buffer.concat([head, Buffer.alloc(4), payload])
}
