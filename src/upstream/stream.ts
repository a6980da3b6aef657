import { FIRST_EVENT_LOOK_BYTES, type FirstEvent, lookAtFirstEvent } from '../dashscope/stream/first-event.ts'
import { bytesOf } from '../lib/json/utf8.ts'
import { type IdleLimit, watchIdle } from './idle.ts'
import { pumpWatched } from './pump.ts'
import { join } from './response.ts'
import type { Watcher } from './watcher.ts'

/** The beginning of an event stream, and what it turned out to be. */
export interface Opening {
  first: FirstEvent
  /** All that was read for the look, to be sent before the rest. */
  read: Uint8Array
}

/** The end of a stream is the end of its last event: a recorded error comes without the blank line. */
const END_OF_EVENT = bytesOf('\n\n')

/**
 * Reads an event stream up to its first event, so that the status can still be decided.
 *
 * @throws what the stream throws when it breaks before that.
 */
export async function openEventStream(body: ReadableStream<Uint8Array>): Promise<Opening> {
  const reader = body.getReader()
  const pieces: Uint8Array[] = []
  let size = 0
  for (;;) {
    const { done, value } = await reader.read()
    if (value) {
      pieces.push(value)
      size += value.byteLength
    }
    const read = pieces.length === 1 && value ? value : join(pieces, size)
    const first = lookAtFirstEvent(done ? join([read, END_OF_EVENT], size + 2) : read)
    if (done || first.kind !== 'incomplete' || size > FIRST_EVENT_LOOK_BYTES) {
      reader.releaseLock()
      return { first, read }
    }
  }
}

/**
 * Sends what was read and then the rest of a stream. Without a watcher it goes through the runtime's native pipe: no
 * JavaScript runs per chunk.
 *
 * The three endings: a complete stream ends as it came; when the caller leaves, the pipe cancels the upstream; when the
 * upstream breaks, `ending` is sent, so that what was cut short does not look complete (promise P4).
 *
 * @param ending what to append when the upstream breaks; undefined cuts the caller's connection instead.
 * @param idle how long a watched stream may stand still.
 */
export function resume(
  read: readonly Uint8Array[],
  rest: ReadableStream<Uint8Array>,
  ending: (() => Uint8Array) | undefined,
  watcher?: Watcher,
  idle?: IdleLimit,
): ReadableStream<Uint8Array> {
  if (!watcher) {
    const { readable, writable } = new IdentityTransformStream()
    void pipeNatively(read, rest, writable, ending)
    return readable
  }
  const { readable, writable } = new IdentityTransformStream()
  const watch = idle && watchIdle(idle)
  const pumped = pumpWatched(read, rest, writable, ending, watcher, watch).finally(() => watch?.end())
  watcher.keepAlive(pumped.then(watcher.ended))
  return readable
}

async function pipeNatively(
  read: readonly Uint8Array[],
  rest: ReadableStream<Uint8Array>,
  writable: WritableStream<Uint8Array>,
  ending: (() => Uint8Array) | undefined,
): Promise<void> {
  try {
    const head = writable.getWriter()
    for (const piece of read) await head.write(piece)
    head.releaseLock()
  } catch (left) {
    await rest.cancel(left).catch(() => undefined)
    return
  }
  if (!ending) return rest.pipeTo(writable).catch(() => undefined)
  const isWhole = await rest.pipeTo(writable, { preventAbort: true, preventClose: true }).then(
    () => true,
    () => false,
  )
  // Where the caller left, the writable is broken as well and nothing can be written to it any more.
  const tail = writable.getWriter()
  try {
    if (!isWhole) await tail.write(ending())
    await tail.close()
  } catch {
    return
  }
}
