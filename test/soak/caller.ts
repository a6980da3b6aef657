import { type IncomingHttpHeaders, request } from 'node:http'
import type { Leaving } from './plan.ts'

/** What a caller heard until its request ended. */
export interface Heard {
  /** `ended`: as HTTP ends an answer; `left`: the caller hung up; `broken`: the connection broke; `silent`: nothing ended it. */
  ending: 'ended' | 'left' | 'broken' | 'silent'
  /** 0 if no head came. */
  status: number
  headers: IncomingHttpHeaders
  text: string
}

export interface SoakRequest {
  address: string
  path: string
  headers: Record<string, string>
  body: string
}

/** Far above what any plan takes; a caller that waits longer was forgotten. */
const PATIENCE_MS = 30_000

/**
 * Asks once, over a connection of its own, and reads the answer to its end or leaves as planned. Never throws.
 *
 * @param leaving hangs up with a reset, as a browser or an edge does.
 */
export function ask(
  { address, path, headers, body }: SoakRequest,
  leaving: Leaving | undefined,
): Promise<Heard> {
  return new Promise((resolve) => {
    const pieces: Buffer[] = []
    const heard: Heard = { ending: 'silent', status: 0, headers: {}, text: '' }
    const outgoing = request(address + path, {
      method: 'POST',
      agent: false,
      headers: { ...headers, 'content-length': Buffer.byteLength(body) },
    })
    const end = (ending: Heard['ending']) => {
      clearTimeout(patience)
      clearTimeout(leave)
      resolve({ ...heard, ending, text: Buffer.concat(pieces).toString() })
      if (ending === 'left') outgoing.socket?.resetAndDestroy()
      else outgoing.destroy()
    }
    const patience = setTimeout(() => end('silent'), PATIENCE_MS)
    const leave = leaving?.when === 'asked' ? setTimeout(() => end('left'), leaving.afterMs) : undefined
    outgoing.on('error', () => end('broken'))
    outgoing.on('response', (response) => {
      heard.status = response.statusCode ?? 0
      heard.headers = response.headers
      response.on('data', (piece: Buffer) => {
        pieces.push(piece)
        if (leaving?.when === 'answered') end('left')
      })
      response.on('error', () => end('broken'))
      response.on('end', () => end(response.complete ? 'ended' : 'broken'))
    })
    outgoing.end(body)
  })
}
