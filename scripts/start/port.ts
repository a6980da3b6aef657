import { createServer } from 'node:net'

/**
 * Requires that a port can be listened on. Another program may still take it before the gateway does: {@link explained}
 * recognises that error.
 *
 * @throws Error with a sentence that says what is wrong and what to do.
 */
export function requireFreePort(port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const probe = createServer()
    probe.once('error', (error: NodeJS.ErrnoException) => reject(new Error(portSentence(port, error.code))))
    probe.listen(port, host, () => probe.close(() => resolve()))
  })
}

/** The same sentence for the error of Miniflare if another program was faster; any other error unchanged. */
export function explained(port: number, error: unknown): unknown {
  const code = typeof error === 'object' && error !== null && 'code' in error && error.code
  return code === 'ERR_ADDRESS_IN_USE' ? new Error(portSentence(port, 'EADDRINUSE')) : error
}

function portSentence(port: number, code: string | undefined): string {
  if (code === 'EADDRINUSE') {
    return `Port ${port} is in use. Stop the program that listens there, or choose another port: PORT=${port + 1} npm start`
  }
  return `Port ${port} cannot be listened on (${code}). Choose another one: PORT=8787 npm start`
}
