import { compact, join } from '../upstream/response.ts'
import type { Watcher } from '../upstream/watcher.ts'

/**
 * A stream that will be stored is buffered until its end: 1 MiB is about 4,000 frames, and many streams may run at
 * once.
 */
export const MAX_KEPT_STREAM_BYTES = 1024 * 1024

/** A copy of a stream, made while it is relayed. */
export interface StreamCopy {
  watcher: Watcher
  /** The whole stream; undefined if it is not complete (promise P4) or longer than MAX_KEPT_STREAM_BYTES. */
  whole: Promise<Uint8Array | undefined>
}

/** Starts copying a stream; its chunks are kept unchanged. */
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
