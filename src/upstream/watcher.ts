/** Somebody who looks at what passes, without touching it: for usage, which stands at a stream's end. */
export interface Watcher {
  see: (chunk: Uint8Array) => void
  ended: (ending: StreamEnding) => void
  /** Keeps the work going after the caller has left, so that the ending is told. */
  keepAlive: (work: Promise<unknown>) => void
}

export type StreamEnding = 'complete' | 'left' | 'broken'

/** Lets two look at the same stream; undefined where there is nobody, and it stays on the native pipe. */
export function bothWatch(one: Watcher | undefined, other: Watcher | undefined): Watcher | undefined {
  if (!one || !other) return one ?? other
  return {
    see: (chunk) => {
      one.see(chunk)
      other.see(chunk)
    },
    ended: (ending) => {
      one.ended(ending)
      other.ended(ending)
    },
    keepAlive: one.keepAlive,
  }
}
