import { connect } from 'node:net'
import { type Head, messageParser } from './wire.ts'

/** The response to one request. */
export interface Exchange {
  status: number
  headers: ReadonlyMap<string, string>
  bodyBytes: number
  /** The number of writes with which the server sent the body. */
  pieces: number
  /** Milliseconds from sending the request to the first byte of the body. */
  firstByteMs: number
}

/** A keep-alive connection with one request at a time. */
export interface Connection {
  send: (request: string) => Promise<Exchange>
  close: () => void
}

/** Opens a connection to a port on 127.0.0.1. A broken connection rejects the pending exchange. */
export async function openConnection(port: number): Promise<Connection> {
  const socket = connect({ host: '127.0.0.1', port, noDelay: true })
  let waiting: PromiseWithResolvers<Exchange> | undefined
  let head: Head | undefined
  let bodyBytes = 0
  let pieces = 0
  let sentAt = 0
  let firstByteMs = 0
  const parse = messageParser({
    head: (read) => {
      head = read
      bodyBytes = 0
      pieces = 0
    },
    body: (piece) => {
      if (pieces === 0) firstByteMs = performance.now() - sentAt
      bodyBytes += piece.length
      pieces++
    },
    end: () => {
      const status = Number(head?.startLine.split(' ')[1])
      waiting?.resolve({ status, headers: head?.headers ?? new Map(), bodyBytes, pieces, firstByteMs })
      waiting = undefined
    },
  })
  const fail = () => waiting?.reject(new Error('The Worker closed the connection.'))
  socket.on('data', parse).on('error', fail).on('close', fail)
  const opened = Promise.withResolvers<void>()
  socket.once('connect', opened.resolve).once('error', opened.reject)
  await opened.promise
  return {
    send: (request) => {
      waiting = Promise.withResolvers<Exchange>()
      if (socket.destroyed) fail()
      sentAt = performance.now()
      socket.write(request)
      return waiting.promise
    },
    close: () => void socket.destroy(),
  }
}
