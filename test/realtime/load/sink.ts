import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { acceptUpgrade, BINARY, serverFrame, TEXT } from '../socket-server.ts'

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
    acceptUpgrade(request, socket)
    // A frame that closes begins with this byte; DashScope sends nothing after one.
    socket.on('data', (bytes) => {
      if (bytes[0] === 0x88) socket.destroy()
    })
    if (request.url?.includes('/inference')) {
      const started = { header: { task_id: 't1', event: 'task-started', attributes: {} }, payload: {} }
      socket.once('data', () => socket.write(serverFrame(TEXT, Buffer.from(JSON.stringify(started)))))
    } else {
      const created = { event_id: 'event_1', type: 'session.created', session: {} }
      socket.write(serverFrame(TEXT, Buffer.from(JSON.stringify(created))))
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
  const bytes = serverFrame(BINARY, Buffer.alloc(MEBIBYTE))
  for (let sent = 0; sent < mebibytes && !socket.destroyed; sent++) {
    if (!socket.write(bytes)) await Promise.race([once(socket, 'drain'), once(socket, 'close')])
  }
}
