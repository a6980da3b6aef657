/** Observes a stream as it passes, without changing it: for usage, which is at a stream's end, and for the cache. */
export interface Watcher {
  /** Takes the next bytes: a piece of any size, in order. */
  see: (chunk: Uint8Array) => void
  /**
   * The stream has ended.
   *
   * @param code why it is `broken`, where DashScope said so.
   */
  ended: (ending: StreamEnding, code?: string) => void
  /** Keeps the work going after the caller has left, so that the ending is reported. */
  keepAlive: (work: Promise<unknown>) => void
}

/**
 * How a stream ended. `complete`: with its last event. `left`: the caller closed the connection. `broken`: DashScope's
 * connection failed, its stream ended with an error event, or DashScope says that the response is partial.
 */
export type StreamEnding = 'complete' | 'left' | 'broken'

/** Lets two watch the same stream; undefined without any, so that it stays on the native pipe. */
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
