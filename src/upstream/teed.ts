import type { IdleLimit } from './idle.ts'
import type { StreamTail } from './stream-tail.ts'
import type { StreamEnding, Watcher } from './watcher.ts'

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

/** Options of a teed stream. */
export interface TeedOptions {
  watcher: Watcher
  tail: StreamTail
  idle: IdleLimit
  /** The event that ends a stream that broke between two lines. */
  errorEvent: () => Uint8Array
}

/**
 * Relays a stream on the runtime's native pipe and watches a copy of it.
 *
 * A tee reads as fast as its fastest reader and buffers for the other one, so the caller's branch is piped natively
 * and the copy is read in large pieces: on a timer while the stream flows, and once at its end. While a read of the
 * copy is pending, DashScope is silent; the idle watch needs no more than that.
 *
 * @param body without its first event, which was read already.
 * @returns how the stream ended; never rejects. If it breaks in the middle of a line, the caller's connection is cut:
 *   an error event after half a line would be parsed as part of that line.
 */
export async function relayTeed(
  body: ReadableStream<Uint8Array>,
  writable: WritableStream<Uint8Array>,
  options: TeedOptions,
): Promise<StreamEnding> {
  // The buffered copy belongs to the second branch, so the first one has to be the caller's.
  const [callers, copy] = body.tee()
  const looks = lookAt(copy.getReader({ mode: 'byob' }), options)
  try {
    await callers.pipeTo(writable, { preventAbort: true, preventClose: true })
  } catch (cause) {
    const end = await looks.finish()
    return end === 'waiting' ? 'left' : breakOff(writable, options, cause)
  }
  const closed = await writable.close().then(
    () => true,
    () => false,
  )
  await looks.finish()
  return closed ? 'complete' : 'left'
}

/** Ends a broken stream. The cause is passed on, since the runtime logs any other error as uncaught. */
async function breakOff(
  writable: WritableStream<Uint8Array>,
  { tail, errorEvent }: TeedOptions,
  cause: unknown,
): Promise<StreamEnding> {
  try {
    if (tail.isInLine()) await writable.abort(cause)
    else {
      const writer = writable.getWriter()
      await writer.write(errorEvent())
      await writer.close()
    }
    return 'broken'
  } catch {
    // The caller has left.
    return 'left'
  }
}

/** How the copy ended: all of it was read, the upstream broke, or it waits for bytes of a stream that is still open. */
type CopyEnd = 'read' | 'broken' | 'waiting'

interface Looks {
  /** Reads the bytes that have arrived, and stops. */
  finish: () => Promise<CopyEnd>
}

function lookAt(
  reader: ReadableStreamBYOBReader,
  { watcher, tail, idle }: Pick<TeedOptions, 'watcher' | 'tail' | 'idle'>,
): Looks {
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
