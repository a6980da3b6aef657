import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A stand-in for DashScope whose connections a test can hold, break and watch. */
export interface TestUpstream {
  address: string
  /** Requests that came so far. */
  asked: () => number
  /** Requests whose connection ended before their answer did. */
  left: () => number
  stop: () => Promise<void>
}

/** Starts an HTTP server on a free loopback port; `answer` gets each request with its whole body read. */
export async function startUpstream(
  answer: (request: IncomingMessage, response: ServerResponse, body: Buffer) => void,
): Promise<TestUpstream> {
  let asked = 0
  let left = 0
  const server = createServer(async (request, response) => {
    asked++
    response.on('close', () => {
      if (!response.writableFinished) left++
    })
    const pieces: Buffer[] = []
    for await (const piece of request) pieces.push(piece)
    answer(request, response, Buffer.concat(pieces))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    address: `http://127.0.0.1:${port}`,
    asked: () => asked,
    left: () => left,
    stop: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
