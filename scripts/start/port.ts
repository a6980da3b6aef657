import { createServer } from 'node:net'

/**
 * Checks that a port is free. Another program may still take it before the gateway does; {@link explained} handles
 * that error.
 *
 * @throws Error that says what is wrong and what to do.
 */
export function requireFreePort(port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const probe = createServer()
    probe.once('error', (error: NodeJS.ErrnoException) => reject(new Error(portSentence(port, error.code))))
    probe.listen(port, host, () => probe.close(() => resolve()))
  })
}

/** The same message for Miniflare's error if another program was faster; other errors unchanged. */
export function explained(port: number, error: unknown): unknown {
  const code = typeof error === 'object' && error !== null && 'code' in error && error.code
  return code === 'ERR_ADDRESS_IN_USE' ? new Error(portSentence(port, 'EADDRINUSE')) : error
}

function portSentence(port: number, code: string | undefined): string {
  if (code === 'EADDRINUSE') {
    return `Port ${port} is in use. Stop the program that listens there, or choose another port: PORT=${port + 1} npm start`
  }
  return `Cannot listen on port ${port} (${code}). Choose another one: PORT=8787 npm start`
}
