import { fileURLToPath } from 'node:url'
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
