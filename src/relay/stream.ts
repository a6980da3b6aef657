import { FIRST_EVENT_LOOK_BYTES } from '../constants.ts'
import { type FirstEvent, lookAtFirstEvent } from '../dashscope/events.ts'
import { join } from './answer.ts'

/** The beginning of an event stream, and what it turned out to be. */
export interface Opening {
  first: FirstEvent
  /** All that was read for the look, to be sent before the rest. */
  read: Uint8Array
}

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
    const first = lookAtFirstEvent(read)
    if (done || first.kind !== 'incomplete' || size > FIRST_EVENT_LOOK_BYTES) {
      reader.releaseLock()
      return { first, read }
    }
  }
}

/**
 * Sends what was read and then the rest of a stream, through the runtime's native pipe: no JavaScript runs per chunk.
 *
 * The three endings: a complete stream ends as it came; when the caller leaves, the pipe cancels the upstream; when the
 * upstream breaks, `ending` is sent, so that what was cut short does not look complete (promise P4).
 *
 * @param ending what to append when the upstream breaks; undefined cuts the caller's connection instead.
 */
export function resume(
  read: readonly Uint8Array[],
  rest: ReadableStream<Uint8Array>,
  ending: (() => Uint8Array) | undefined,
): ReadableStream<Uint8Array> {
  const { readable, writable } = new IdentityTransformStream()
  void pump(read, rest, writable, ending)
  return readable
}

async function pump(
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
  const broke = await rest.pipeTo(writable, { preventAbort: true, preventClose: true }).then(
    () => false,
    () => true,
  )
  // Where the caller left, the writable is broken as well and both of these fail: nobody is there to be told.
  const tail = writable.getWriter()
  if (broke) await tail.write(ending()).catch(() => undefined)
  await tail.close().catch(() => undefined)
}
