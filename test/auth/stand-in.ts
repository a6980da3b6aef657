import { createServer, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'

/** One request as a stand-in got it. */
export interface StandInCall {
  path: string
  headers: IncomingHttpHeaders
  body: string
}

/** A service on loopback that sends the response it was last given. */
export interface StandIn {
  /** `http://127.0.0.1:…` */
  address: string
  calls: StandInCall[]
  answer: { status: number; body: unknown; headers?: Record<string, string> }
  /** While it is so, calls are taken and not answered. */
  isHanging: boolean
  /** Breaks all connections off. */
  hangUp: () => void
  stop: () => Promise<void>
}

/** Starts a stand-in for Turnstile or for an issuer's key set. */
export async function startStandIn(): Promise<StandIn> {
  const server = createServer((request, response) => {
    let body = ''
    request.on('data', (chunk) => {
      body += chunk
    })
    request.on('end', () => {
      standIn.calls.push({ path: request.url ?? '', headers: request.headers, body })
      if (standIn.isHanging) return
      const { status, body: content, headers } = standIn.answer
      response.writeHead(status, { 'content-type': 'application/json', ...headers })
      response.end(typeof content === 'string' ? content : JSON.stringify(content))
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const standIn: StandIn = {
    address: `http://127.0.0.1:${port}`,
    calls: [],
    answer: { status: 200, body: {} },
    isHanging: false,
    hangUp: () => server.closeAllConnections(),
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
  return standIn
}
