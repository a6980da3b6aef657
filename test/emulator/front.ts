import { connect, createServer, type Socket } from 'node:net'

/** A relay in front of a Worker: where it listens (`http://127.0.0.1:…`) and how to stop it. */
export interface RunningFront {
  address: string
  /** The bytes that have come from callers so far. */
  received: () => number
  stop: () => Promise<void>
}

/**
 * Starts a relay on a free loopback port that passes bytes to `target` (`http://127.0.0.1:…`) and turns a caller's
 * leaving into a reset. The open-source runtime does not notice a plain close before it writes, because it cannot
 * tell it from a half-closed connection; Cloudflare's own front resets, and so does this one.
 */
export async function startFront(target: string): Promise<RunningFront> {
  const { hostname, port } = new URL(target)
  const sockets = new Set<Socket>()
  let received = 0
  const server = createServer((caller) => {
    const worker = track(sockets, { host: hostname, port: Number(port) })
    sockets.add(caller)
    caller.setNoDelay(true)
    // No pipe(): it would end the other side politely, and a cut connection must look cut.
    caller.on('data', (bytes) => {
      received += bytes.length
      worker.write(bytes)
    })
    worker.on('data', (bytes) => caller.write(bytes))
    caller.on('error', () => undefined)
    worker.on('error', () => caller.resetAndDestroy())
    caller.on('close', () => {
      sockets.delete(caller)
      worker.resetAndDestroy()
    })
    worker.on('end', () => caller.end())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const bound = server.address()
  return {
    address: `http://127.0.0.1:${typeof bound === 'object' ? bound?.port : ''}`,
    received: () => received,
    stop: async () => {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

function track(sockets: Set<Socket>, where: { host: string; port: number }): Socket {
  const socket = connect(where)
  sockets.add(socket)
  socket.setNoDelay(true)
  socket.on('close', () => sockets.delete(socket))
  return socket
}
