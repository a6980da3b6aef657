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

/** Writes one answer. */
export type Respond = (response: ServerResponse, seen: Seen) => void | Promise<void>

/** An upstream that answers exactly the bytes it was told to, and keeps what it was asked. */
export interface PlainUpstream {
  address: string
  /** What came so far, oldest first. */
  seen: Seen[]
  /** From now on, every request is answered so. */
  answer: (respond: Respond) => void
  stop: () => Promise<void>
}

/** Starts an upstream on a free port; until told otherwise it answers `{"output":{"text":"ok"}}`. */
export async function startPlainUpstream(): Promise<PlainUpstream> {
  const seen: Seen[] = []
  let respond: Respond = json('{"output":{"text":"ok"}}')
  const server = createServer(async (request, response) => {
    const pieces: Buffer[] = []
    for await (const piece of request) pieces.push(piece)
    const entry: Seen = {
      method: request.method ?? '',
      target: request.url ?? '',
      headers: Object.fromEntries(
        Object.entries(request.headers).map(([name, value]) => [name, String(value)]),
      ),
      body: Buffer.concat(pieces),
    }
    seen.push(entry)
    await respond(response, entry)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    address: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    seen,
    answer: (next) => {
      respond = next
    },
    stop: async () => {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

/** Answers JSON text as it stands. */
export function json(text: string, status = 200, headers: Record<string, string> = {}): Respond {
  return (response) => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(text)
  }
}

/** Answers an event stream, each piece in a write of its own. */
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
