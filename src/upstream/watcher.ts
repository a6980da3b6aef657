/** Observes a stream without changing it: for usage, which is at the end of a stream, and for the cache. */
export interface Watcher {
  /** Receives the next chunk, of any size, in order. */
  see: (chunk: Uint8Array) => void
  /**
   * The stream has ended.
   *
   * @param code DashScope's error code for a `broken` stream, if it sent one.
   */
  ended: (ending: StreamEnding, code?: string) => void
  /** Keeps the request alive after the caller has left, so that the ending is reported. */
  keepAlive: (work: Promise<unknown>) => void
}

/**
 * How a stream ended. `complete`: it ended normally. `left`: the caller closed the connection. `broken`: DashScope's
 * connection failed, its stream ended with an error event, or DashScope says that the response is partial.
 */
export type StreamEnding = 'complete' | 'left' | 'broken'

/** Combines two watchers; undefined without any, so that the stream stays on the native pipe. */
export function bothWatch(one: Watcher | undefined, other: Watcher | undefined): Watcher | undefined {
  if (!one || !other) return one ?? other
  return {
    see: (chunk) => {
      one.see(chunk)
      other.see(chunk)
    },
    ended: (ending, code) => {
      one.ended(ending, code)
      other.ended(ending, code)
    },
    keepAlive: one.keepAlive,
  }
}
