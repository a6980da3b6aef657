import { connect, type Socket } from 'node:net'
import { messageParser } from '../wire.ts'

/** A generous limit, so that a stream that never starts does not block the run. */
const DEADLINE_MS = 20_000

/**
 * Requests a stream on a new connection and waits for the first byte of its body.
 *
 * @returns the connection, whose stream continues.
 * @throws Error if the response is not a 200 or does not start.
 */
export function openStream(port: number, request: string): Promise<Socket> {
  const { promise, resolve, reject } = Promise.withResolvers<Socket>()
  const socket = connect({ host: '127.0.0.1', port, noDelay: true })
  const deadline = setTimeout(() => reject(new Error('A stream did not begin in time.')), DEADLINE_MS)
  let status = ''
  const parse = messageParser({
    head: ({ startLine }) => {
      status = startLine.split(' ')[1] ?? ''
    },
    body: () => {
      if (status === '200') resolve(socket)
      else reject(new Error(`A stream was answered with status ${status}.`))
    },
    end: () => undefined,
  })
  const broken = () => reject(new Error('A connection closed before its stream began.'))
  socket.on('data', parse).on('error', broken).on('close', broken)
  socket.once('connect', () => socket.write(request))
  promise.catch(() => socket.destroy())
  return promise.finally(() => clearTimeout(deadline))
}
