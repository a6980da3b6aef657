import type { IdleWatch } from './idle.ts'
import type { StreamEnding } from './watcher.ts'

/** What the pump needs of a stream's reader. */
export type PieceReader = Pick<ReadableStreamDefaultReader<Uint8Array>, 'read' | 'cancel'>

/** What a pumped stream needs to know. */
export interface PumpOptions {
  /** What was read already, to be sent first. */
  read: readonly Uint8Array[]
  /** Sees each piece as DashScope sent it; a promise holds the piece back, and breaks the stream if it rejects. */
  see: (piece: Uint8Array) => Promise<void> | undefined | void
  watch?: IdleWatch | undefined
  /** Whether a stream that has ended is complete; one that is not ends as broken. */
  isComplete?: () => boolean
  /** What to append to a stream that broke; undefined cuts the caller's connection. */
  onBroken: () => Uint8Array | undefined
}

/**
 * Relays a stream piece by piece in JavaScript: each piece is seen before it is sent, and the next one is read when the
 * caller has taken it. It costs about three times the native pipe per event, so only streams that need it are pumped.
 *
 * A caller that leaves while DashScope is silent is not noticed here: its signal aborts the upstream call, and reading fails.
 *
 * @returns how it ended; never rejects.
 */
export async function pump(
  from: PieceReader,
  writable: WritableStream<Uint8Array>,
  options: PumpOptions,
): Promise<StreamEnding> {
  const { read, see, watch, isComplete, onBroken } = options
  const to = writable.getWriter()
  let isWriting = false
  const send = async (piece: Uint8Array): Promise<void> => {
    const held = see(piece)
    if (held) await held
    watch?.moved(false)
    isWriting = true
    await to.write(piece)
    isWriting = false
  }
  try {
    for (const piece of read) await send(piece)
    for (;;) {
      watch?.moved(true)
      const { done, value } = await from.read()
      if (done) break
      await send(value)
    }
    if (isComplete?.() === false) return await breakOff(to, onBroken(), undefined)
    await to.close()
    return 'complete'
  } catch (cause) {
    const cancelled = from.cancel(cause).catch(() => undefined)
    if (!isWriting) return breakOff(to, onBroken(), cause)
    await cancelled
    return 'left'
  }
}

/** Ends a stream that broke: with `last`, or, where it is undefined, by cutting the connection to the caller. */
async function breakOff(
  to: WritableStreamDefaultWriter<Uint8Array>,
  last: Uint8Array | undefined,
  cause: unknown,
): Promise<StreamEnding> {
  try {
    if (!last) await to.abort(cause)
    else {
      await to.write(last)
      await to.close()
    }
    return 'broken'
  } catch {
    // Nothing can be written to a caller that has left.
    return 'left'
  }
}
