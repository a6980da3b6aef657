import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A received message. */
export interface Received {
  path: string
  headers: Record<string, string>
  body: string
  /** Milliseconds since 1970. */
  atMs: number
  /** The status of the response; null if there was none. */
  status: number | null
}

/** A stand-in for a webhook receiver; the path of each URL selects its behaviour. */
export interface Receiver {
  /** `http://127.0.0.1:port`. */
  address: string
  /** Messages so far, oldest first: all of them, or those at one path. */
  received: (path?: string) => Received[]
  /** From now on every message gets 200, whatever its path. */
  recover: () => void
  stop: () => Promise<void>
}

/** Larger than what a gateway should read of a response. */
const HUGE_BYTES = 4 * 1024 * 1024

type Behave = (request: IncomingMessage, response: ServerResponse, earlier: number) => void

/** Behaviours by the first segment of the path. Other paths get 200. */
const BEHAVIOURS: Readonly<Record<string, Behave>> = {
  /** Never responds. */
  slow: () => undefined,
  gone: (_, response) => response.writeHead(410).end('gone'),
  fails: (_, response) => response.writeHead(500).end('not today'),
  redirect: (_, response) => response.writeHead(301, { location: 'http://127.0.0.1:1/elsewhere' }).end(),
  /** The first message at a path gets 500, later ones 200. */
  flaky: (_, response, earlier) => response.writeHead(earlier === 0 ? 500 : 200).end(),
  /** The first message at a path gets a `Retry-After` of a second. */
  busy: (_, response, earlier) =>
    response.writeHead(earlier === 0 ? 503 : 200, earlier === 0 ? { 'retry-after': '1' } : {}).end(),
  huge: (_, response) => response.writeHead(200).end(Buffer.alloc(HUGE_BYTES, 'x')),
  drop: (request) => request.socket.destroy(),
  /** The first message at a path gets no response, later ones do. */
  hold: (_, response, earlier) => {
    if (earlier > 0) response.writeHead(200).end()
  },
  /** About every other message is dropped or refused. */
  half: (request, response) => {
    const chance = Math.random()
    if (chance < 0.25) request.socket.destroy()
    else response.writeHead(chance < 0.5 ? 500 : 200).end()
  },
}

/** Starts a receiver on a loopback port; 0 takes a free one. */
export async function startReceiver(port = 0): Promise<Receiver> {
  const all: Received[] = []
  let hasRecovered = false
  const server = createServer(async (request, response) => {
    const pieces: Buffer[] = []
    for await (const piece of request) pieces.push(piece)
    const path = request.url ?? '/'
    const earlier = all.filter((each) => each.path === path).length
    const headers = Object.fromEntries(
      Object.entries(request.headers).map(([name, value]) => [name, String(value)]),
    )
    const body = Buffer.concat(pieces).toString()
    const message: Received = { path, headers, body, atMs: Date.now(), status: null }
    all.push(message)
    response.on('finish', () => {
      message.status = response.statusCode
    })
    const behave = hasRecovered ? undefined : BEHAVIOURS[path.split('/')[1] ?? '']
    if (behave) behave(request, response, earlier)
    else response.writeHead(200).end('ok')
  })
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  return {
    address: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    recover: () => {
      hasRecovered = true
    },
    received: (path) => all.filter((each) => path === undefined || each.path === path),
    stop: async () => {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}
