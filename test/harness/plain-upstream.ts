import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** One request as it reached the upstream. */
export interface Seen {
  method: string
  /** Path and query to the letter. */
  target: string
  headers: Record<string, string>
  body: Buffer
}

/** Writes one response. */
export type Respond = (response: ServerResponse, seen: Seen) => void | Promise<void>

/** A stand-in for DashScope that sends exactly the bytes a test chooses, and records the requests. */
export interface PlainUpstream {
  address: string
  /** The requests so far that came whole, oldest first. */
  seen: Seen[]
  /** How many requests have begun to arrive. */
  begun: () => number
  /** How many requests lost their connection before their response ended. */
  left: () => number
  /** Sets how every request from now on is answered. */
  answer: (respond: Respond) => void
  /** Forgets all requests, also those under way, and answers as at first. */
  reset: () => void
  stop: () => Promise<void>
}

const OK = json('{"output":{"text":"ok"}}')

/** Starts an upstream on a free loopback port; by default it answers `{"output":{"text":"ok"}}`. */
export async function startPlainUpstream(): Promise<PlainUpstream> {
  const seen: Seen[] = []
  let begun = 0
  let left = 0
  let respond = OK
  let resets = 0
  const server = createServer(async (request, response) => {
    const arrivedAfter = resets
    begun++
    response.on('close', () => {
      if (!response.writableFinished && arrivedAfter === resets) left++
    })
    const pieces: Buffer[] = []
    try {
      for await (const piece of request) pieces.push(piece)
    } catch {
      // The request broke off before its body was complete: nothing to answer.
      return
    }
    const entry: Seen = {
      method: request.method ?? '',
      target: request.url ?? '',
      headers: Object.fromEntries(
        Object.entries(request.headers).map(([name, value]) => [name, String(value)]),
      ),
      body: Buffer.concat(pieces),
    }
    if (arrivedAfter === resets) seen.push(entry)
    await respond(response, entry)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    address: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    seen,
    begun: () => begun,
    left: () => left,
    answer: (next) => {
      respond = next
    },
    reset: () => {
      resets++
      seen.length = 0
      left = 0
      respond = OK
    },
    stop: async () => {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

/** Responds with JSON text, byte for byte. */
export function json(text: string, status = 200, headers: Record<string, string> = {}): Respond {
  return (response) => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(text)
  }
}

/** Responds with an event stream, each piece in its own write. */
export function events(
  pieces: readonly (string | Uint8Array)[],
  headers: Record<string, string> = {},
): Respond {
  return async (response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream;charset=UTF-8', ...headers })
    response.flushHeaders()
    for (const piece of pieces) {
      response.write(piece)
      await new Promise(setImmediate)
    }
    response.end()
  }
}
