import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { Children } from './children.ts'
import type { Route } from './route.ts'

/** Where peers are installed; ignored by git. */
export const CACHE_DIRECTORY = fileURLToPath(import.meta.resolve('./.cache/'))

/** The inputs for starting a peer. */
export interface PeerPlace {
  children: Children
  /** The port of the stand-in for DashScope on 127.0.0.1. */
  upstreamPort: number
}

/** A running peer. */
export interface Peer {
  route: Route
  version: string
  /** A remark for readers about how it was run. */
  remark?: string
}

/**
 * Runs one command of an installation.
 *
 * @throws Error if it fails; its message has no path, because it is written into the results.
 */
export async function install(command: string, options: string[], withinMs: number): Promise<void> {
  try {
    await promisify(execFile)(command, options, { timeout: withinMs })
  } catch (error) {
    if (process.env.BENCH_VERBOSE !== undefined) console.error(error)
    throw new Error('it could not be installed from its registry')
  }
}
