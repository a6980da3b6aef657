import { compact, join } from '../upstream/response.ts'
import type { Watcher } from '../upstream/watcher.ts'

/** A stream that is to be kept is held in memory until its end: 1 MiB is about 4,000 frames, and many may flow at once. */
export const MAX_KEPT_STREAM_BYTES = 1024 * 1024

/** A copy of a stream that is made as it passes. */
export interface StreamCopy {
  watcher: Watcher
  /** All of it, or undefined if it did not end (promise P4) or is longer than MAX_KEPT_STREAM_BYTES. */
  whole: Promise<Uint8Array | undefined>
}

/** Begins to copy a stream; its chunks are kept and never touched. */
export function copyStream(keepAlive: (work: Promise<unknown>) => void): StreamCopy {
  const { promise: whole, resolve } = Promise.withResolvers<Uint8Array | undefined>()
  let chunks: Uint8Array[] = []
  let size = 0
  return {
    whole,
    watcher: {
      see: (chunk) => {
        size += chunk.byteLength
        if (size <= MAX_KEPT_STREAM_BYTES) chunks.push(compact(chunk))
        else chunks = []
      },
      ended: (ending) =>
        resolve(ending === 'complete' && size <= MAX_KEPT_STREAM_BYTES ? join(chunks, size) : undefined),
      keepAlive,
    },
  }
}
