import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'

const MEBIBYTE = 1024 * 1024

/** A stand-in for DashScope that costs next to nothing: it begins each session and then discards what it is sent. */
export interface Sink {
  address: string
  stop: () => Promise<void>
}

/** Starts it on a free port. A model called `flood-200` is sent 200 MiB, as fast as it is taken. */
export async function startSink(): Promise<Sink> {
  const server = createServer()
  server.on('upgrade', (request, stream) => {
    const socket = stream as Socket
    const key = `${request.headers['sec-websocket-key']}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`
    const accept = Buffer.from(createHash('sha1').update(key).digest()).toString('base64')
    socket.write(
      `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`,
    )
    socket.on('error', () => undefined)
    socket.setMaxListeners(0)
    // A frame that closes begins with this byte; DashScope sends nothing after one.
    socket.on('data', (bytes) => {
      if (bytes[0] === 0x88) socket.destroy()
    })
    if (request.url?.includes('/inference')) {
      const started = { header: { task_id: 't1', event: 'task-started', attributes: {} }, payload: {} }
      socket.once('data', () => socket.write(frame(0x1, Buffer.from(JSON.stringify(started)))))
    } else {
      const created = { event_id: 'event_1', type: 'session.created', session: {} }
      socket.write(frame(0x1, Buffer.from(JSON.stringify(created))))
    }
    const flood = Number(/flood-(\d+)/.exec(request.url ?? '')?.[1] ?? 0)
    void send(socket, flood)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    address: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    stop: async () => {
      server.closeAllConnections()
      server.close()
    },
  }
}

async function send(socket: Socket, mebibytes: number): Promise<void> {
  const bytes = frame(0x2, Buffer.alloc(MEBIBYTE))
  for (let sent = 0; sent < mebibytes && !socket.destroyed; sent++) {
    if (!socket.write(bytes)) await Promise.race([once(socket, 'drain'), once(socket, 'close')])
  }
}

/** An unmasked frame (RFC 6455 section 5.2). */
function frame(opcode: number, payload: Buffer): Buffer {
  const head = Buffer.alloc(payload.length < 126 ? 2 : payload.length < 65_536 ? 4 : 10)
  head[0] = 0x80 | opcode
  head[1] = payload.length < 126 ? payload.length : payload.length < 65_536 ? 126 : 127
  if (head.length === 4) head.writeUInt16BE(payload.length, 2)
  if (head.length === 10) head.writeBigUInt64BE(BigInt(payload.length), 2)
  return Buffer.concat([head, payload])
}
