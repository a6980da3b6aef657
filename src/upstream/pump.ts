import type { IdleWatch } from './idle.ts'
import type { StreamEnding, Watcher } from './watcher.ts'

/**
 * Moves a stream by hand: each piece is seen before it is sent, and the next one is read when the caller has taken it. A
 * TransformStream takes a third more time for a piece.
 *
 * A caller that leaves while DashScope is silent is not heard of here: its signal ends the upstream call, which breaks the
 * reading.
 *
 * @param ending what to append when the upstream breaks; undefined cuts the caller's connection instead.
 * @returns how it ended; never rejects.
 */
export async function pumpWatched(
  read: readonly Uint8Array[],
  rest: ReadableStream<Uint8Array>,
  writable: WritableStream<Uint8Array>,
  ending: (() => Uint8Array) | undefined,
  watcher: Watcher,
  watch: IdleWatch | undefined,
): Promise<StreamEnding> {
  const from = rest.getReader()
  const to = writable.getWriter()
  let isReading = false
  try {
    watch?.moved(false)
    for (const piece of read) {
      watcher.see(piece)
      await to.write(piece)
    }
    for (;;) {
      watch?.moved(true)
      isReading = true
      const { done, value } = await from.read()
      isReading = false
      if (done) break
      watcher.see(value)
      watch?.moved(false)
      await to.write(value)
    }
    await to.close()
    return 'complete'
  } catch (cause) {
    if (!isReading) {
      await from.cancel(cause).catch(() => undefined)
      return 'left'
    }
    return breakOff(to, ending, cause)
  }
}

/** Ends a stream that broke: with `ending`, or, where there is none, by cutting the connection to the caller. */
async function breakOff(
  to: WritableStreamDefaultWriter<Uint8Array>,
  ending: (() => Uint8Array) | undefined,
  cause: unknown,
): Promise<StreamEnding> {
  try {
    if (!ending) await to.abort(cause)
    else {
      await to.write(ending())
      await to.close()
    }
    return 'broken'
  } catch {
    // Where the caller left, nothing can be written any more.
    return 'left'
  }
}
