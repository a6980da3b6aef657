import { GatewayError } from '../errors.ts'

/** Maximum open sockets of a key in an isolate; an SDK's pool has a few, and each socket costs about 60 kB. */
const MAX_SOCKETS_PER_KEY = 64

/** Open sockets by the id of their key. */
const open = new Map<string, number>()

/**
 * Counts a socket of a key until it ends.
 *
 * @returns a function to call when the socket has ended; only the first call counts.
 * @throws GatewayError `rateLimited` if the key has too many open sockets.
 */
export function countSocket(keyId: string): () => void {
  const sockets = open.get(keyId) ?? 0
  if (sockets >= MAX_SOCKETS_PER_KEY) {
    throw new GatewayError(
      'rateLimited',
      `This key has ${MAX_SOCKETS_PER_KEY} open connections. Close one, or reuse it for the next task.`,
    )
  }
  open.set(keyId, sockets + 1)
  let isCounted = true
  return () => {
    if (!isCounted) return
    isCounted = false
    const left = (open.get(keyId) ?? 1) - 1
    if (left > 0) open.set(keyId, left)
    else open.delete(keyId)
  }
}
