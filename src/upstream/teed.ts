import type { IdleLimit } from './idle.ts'
import { readCopy } from './stream-copy-reader.ts'
import type { StreamTail } from './stream-tail.ts'
import type { StreamEnding, Watcher } from './watcher.ts'

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
  const reading = readCopy(copy.getReader({ mode: 'byob' }), options)
  try {
    await callers.pipeTo(writable, { preventAbort: true, preventClose: true })
  } catch (cause) {
    const end = await reading.finish()
    return end === 'waiting' ? 'left' : breakOff(writable, options, cause)
  }
  const closed = await writable.close().then(
    () => true,
    () => false,
  )
  await reading.finish()
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
