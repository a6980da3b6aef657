import { createServer } from 'node:net'

/**
 * Makes sure that a port of 127.0.0.1 can be listened on. Another program may still take it before the gateway does:
 * {@link explained} knows that error.
 *
 * @throws Error with a sentence that says what is in the way and what to do.
 */
export function requireFreePort(port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const probe = createServer()
    probe.once('error', (error: NodeJS.ErrnoException) => reject(new Error(inTheWay(port, error.code))))
    probe.listen(port, '127.0.0.1', () => probe.close(() => resolve()))
  })
}

/** The same sentence for what Miniflare throws where another program was faster; any other error as it is. */
export function explained(port: number, error: unknown): unknown {
  const code = typeof error === 'object' && error !== null && 'code' in error && error.code
  return code === 'ERR_ADDRESS_IN_USE' ? new Error(inTheWay(port, 'EADDRINUSE')) : error
}

function inTheWay(port: number, code: string | undefined): string {
  if (code === 'EADDRINUSE') {
    return `Port ${port} is in use. Stop what listens there, or choose another one: PORT=${port + 1} npm start`
  }
  return `Port ${port} cannot be listened on (${code}). Choose another one: PORT=8787 npm start`
}
