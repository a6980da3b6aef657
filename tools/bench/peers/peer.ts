import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { Children } from './children.ts'
import type { Route } from './route.ts'

/** Where peers are installed; git does not see it. */
export const CACHE_DIRECTORY = fileURLToPath(import.meta.resolve('./.cache/'))

/** What a peer needs to be started. */
export interface PeerPlace {
  children: Children
  /** Of the stand-in for DashScope, on 127.0.0.1. */
  upstreamPort: number
}

/** A peer that runs. */
export interface Peer {
  route: Route
  version: string
  /** What the reader has to know of how it was run. */
  remark?: string
}

/**
 * Runs one command of an installation.
 *
 * @throws Error that says so if it fails; it names no path, because the reason is written into the results.
 */
export async function install(command: string, options: string[], withinMs: number): Promise<void> {
  try {
    await promisify(execFile)(command, options, { timeout: withinMs })
  } catch (error) {
    if (process.env.BENCH_VERBOSE !== undefined) console.error(error)
    throw new Error('it could not be installed from its registry')
  }
}
