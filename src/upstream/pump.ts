import type { IdleWatch } from './idle.ts'
import type { StreamEnding } from './watcher.ts'

/** The methods of a stream's reader that the pump uses. */
export type PieceReader = Pick<ReadableStreamDefaultReader<Uint8Array>, 'read' | 'cancel'>

/** Options of the pump. */
export interface PumpOptions {
  /** Chunks that were read already; they are sent first. */
  read: readonly Uint8Array[]
  /** Receives each chunk as DashScope sent it; a promise delays the chunk, and breaks the stream if it rejects. */
  see: (piece: Uint8Array) => Promise<void> | undefined | void
  watch?: IdleWatch | undefined
  /** Whether a stream that has ended is complete; otherwise it counts as broken. */
  isComplete?: () => boolean
  /** Returns what to append to a broken stream; undefined cuts the caller's connection. */
  onBroken: () => Uint8Array | undefined
}

/**
 * Relays a stream chunk by chunk in JavaScript: each chunk is seen before it is sent, and the next one is read once
 * the caller has taken it. Per event this costs about three times as much as the native pipe, so only streams that
 * need it are pumped.
 *
 * A caller that leaves while DashScope is silent is noticed by its signal: it aborts the upstream call, and the
 * pending read fails.
 *
 * @returns how the stream ended; never rejects.
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
    const canceled = from.cancel(cause).catch(() => undefined)
    if (!isWriting) return breakOff(to, onBroken(), cause)
    await canceled
    return 'left'
  }
}

/** Ends a broken stream: with `last` or, if it is undefined, by cutting the connection to the caller. */
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
    // The caller has left.
    return 'left'
  }
}
