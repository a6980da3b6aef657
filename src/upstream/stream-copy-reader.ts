import type { IdleLimit } from './idle.ts'
import type { StreamTail } from './stream-tail.ts'
import type { Watcher } from './watcher.ts'

/**
 * How often the copy of a stream is read: often enough that little is buffered, rarely enough that JavaScript costs
 * nothing per event. The interval doubles from the first value to the last.
 */
const FIRST_LOOK_MS = 500
const LAST_LOOK_MS = 5000

/** Bytes that may be buffered between two reads; a faster stream is read more often. */
const EXPECTED_BYTES = 32 * 1024

/** Buffer size of one read, at first and at most. A pending read holds its buffer. */
const FIRST_BUFFER_BYTES = 16 * 1024
const LAST_BUFFER_BYTES = 64 * 1024

/** How the copy ended: all of it was read, the upstream broke, or it waits for bytes of a stream that is still open. */
type CopyEnd = 'read' | 'broken' | 'waiting'

/** The reading of a copy. */
export interface CopyReading {
  /** Reads the bytes that have arrived, and stops. */
  finish: () => Promise<CopyEnd>
}

/** Reads the copy of a stream in large pieces, on a timer, and the rest when asked to finish. */
export function readCopy(
  reader: ReadableStreamBYOBReader,
  { watcher, tail, idle }: { watcher: Watcher; tail: StreamTail; idle: IdleLimit },
): CopyReading {
  const longestMs = Math.min(LAST_LOOK_MS, idle.afterMs / 4)
  let bufferBytes = FIRST_BUFFER_BYTES
  let intervalMs = Math.min(FIRST_LOOK_MS, longestMs)
  let timer = setTimeout(look, intervalMs)
  let reading: Promise<number | 'read' | 'broken'> | undefined
  let isFinishing = false

  /** Reads once; resolves to the number of bytes, or to how the copy ended. */
  function read(): Promise<number | 'read' | 'broken'> {
    reading = reader
      .read(new Uint8Array(bufferBytes))
      .then(
        ({ done, value }) => {
          if (value && value.byteLength > 0) {
            watcher.see(value)
            tail.see(value)
          }
          return done ? ('read' as const) : value.byteLength
        },
        () => 'broken' as const,
      )
      .finally(() => {
        reading = undefined
      })
    return reading
  }

  async function look(): Promise<void> {
    let bytes = 0
    for (;;) {
      const isFull = bufferBytes
      timer = setTimeout(idle.stalled, idle.afterMs)
      const got = await read()
      clearTimeout(timer)
      if (typeof got !== 'number' || isFinishing) return
      bytes += got
      if (got < isFull) break
      bufferBytes = Math.min(2 * bufferBytes, LAST_BUFFER_BYTES)
    }
    intervalMs = nextIntervalMs(intervalMs, bytes, longestMs)
    timer = setTimeout(look, intervalMs)
  }

  return {
    finish: async () => {
      isFinishing = true
      clearTimeout(timer)
      bufferBytes = LAST_BUFFER_BYTES
      for (;;) {
        const got = await Promise.race([reading ?? read(), scheduler.wait(0).then(() => 'waiting' as const)])
        if (typeof got === 'number') continue
        if (got === 'waiting') await reader.cancel().catch(() => undefined)
        return got
      }
    },
  }
}

/** Twice the interval, limited so that at the present rate no more than EXPECTED_BYTES arrive meanwhile. */
function nextIntervalMs(intervalMs: number, bytes: number, longestMs: number): number {
  const fittingMs = bytes > 0 ? (intervalMs * EXPECTED_BYTES) / bytes : longestMs
  return Math.min(2 * intervalMs, fittingMs, longestMs)
}
