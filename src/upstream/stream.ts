import { FIRST_EVENT_LOOK_BYTES, type FirstEvent, lookAtFirstEvent } from '../dashscope/stream/first-event.ts'
import { bytesOf } from '../lib/json/utf8.ts'
import { type IdleLimit, watchIdle } from './idle.ts'
import { type PieceReader, pump } from './pump.ts'
import { join } from './response.ts'
import { keepStreamTail } from './stream-tail.ts'
import { relayTeed } from './teed.ts'
import type { StreamEnding, Watcher } from './watcher.ts'

/** The beginning of an event stream. */
export type Opening =
  | { kind: 'opened'; first: FirstEvent; read: Uint8Array }
  /** No event has arrived in time, only comments or nothing; `rest` continues where `read` ends. */
  | { kind: 'slow'; read: Uint8Array; rest: PieceReader }

/** The end of the stream also ends its last event: some recorded errors lack the blank line. */
const END_OF_EVENT = bytesOf('\n\n')

/**
 * Reads an event stream up to its first event, so that the status can still be chosen.
 *
 * @param waitMs time without an event after which the stream is `slow`.
 * @throws what the stream throws when it breaks before that.
 */
export async function openEventStream(body: ReadableStream<Uint8Array>, waitMs: number): Promise<Opening> {
  const reader = body.getReader()
  const { promise: late, resolve } = Promise.withResolvers<undefined>()
  const timer = setTimeout(() => resolve(undefined), waitMs)
  const look = lookForFirstEvent()
  try {
    for (;;) {
      const pending = reader.read()
      const next = await Promise.race([pending, late])
      if (!next) return { kind: 'slow', read: look.read(), rest: resumed(reader, pending) }
      const first = look.at(next.value, next.done)
      if (first.kind === 'incomplete' && !next.done) continue
      reader.releaseLock()
      return { kind: 'opened', first, read: look.read() }
    }
  } finally {
    clearTimeout(timer)
  }
}

/** Looks for the first event in the chunks of a stream. */
function lookForFirstEvent() {
  const pieces: Uint8Array[] = []
  let size = 0
  const read = () => (pieces.length === 1 && pieces[0] ? pieces[0] : join(pieces, size))
  return {
    /** All chunks so far, joined. */
    read,
    at: (piece: Uint8Array | undefined, isEnd: boolean): FirstEvent => {
      if (piece) {
        pieces.push(piece)
        size += piece.byteLength
      }
      const first = lookAtFirstEvent(isEnd ? join([...pieces, END_OF_EVENT], size + 2) : read())
      return first.kind === 'incomplete' && size > FIRST_EVENT_LOOK_BYTES ? { kind: 'response' } : first
    },
  }
}

/** A reader with one read already pending. */
function resumed(
  reader: ReadableStreamDefaultReader<Uint8Array>,
  pending: ReturnType<ReadableStreamDefaultReader<Uint8Array>['read']>,
): PieceReader {
  let next: typeof pending | undefined = pending
  return {
    read: () => {
      const reading = next ?? reader.read()
      next = undefined
      return reading
    },
    cancel: (reason) => reader.cancel(reason),
  }
}

/** Options of the relay of an event stream. */
export interface RelayStreamOptions {
  /** Observes the stream; without a watcher, the native pipe is used. */
  watcher: Watcher | undefined
  /** How long the stream may be silent; only watched streams are guarded. */
  idle: IdleLimit
  /** The event that ends a broken stream. */
  errorEvent: () => Uint8Array
  /** Receives the first event of a slow stream before the caller does; the stream breaks if it rejects. */
  opened?: ((events: Uint8Array) => Promise<void> | undefined) | undefined
  /** Called once the first event of a slow stream has arrived. */
  begun: () => void
  /** DashScope's headers say that the response is partial, however the stream ends. */
  isPartial: boolean
}

/**
 * Relays an event stream from its opening to its end.
 *
 * There are three endings. A complete stream ends unchanged. If the caller leaves, the upstream call is aborted. If
 * the upstream breaks, the caller gets an error event; in the middle of a line, or without a watcher, the connection
 * is cut instead. So a truncated response never looks complete (promise P4).
 */
export function relayEventStream(
  opening: Opening,
  body: ReadableStream<Uint8Array>,
  options: RelayStreamOptions,
): ReadableStream<Uint8Array> {
  const { readable, writable } = new IdentityTransformStream()
  const { watcher } = options
  if (opening.kind === 'slow') keep(watcher, pumpSlow(opening, writable, options))
  else if (watcher) keep(watcher, relayWatched(opening.read, body, writable, watcher, options))
  else void pipeNatively(opening.read, body, writable)
  return readable
}

function keep(watcher: Watcher | undefined, work: Promise<unknown>): void {
  if (watcher) watcher.keepAlive(work)
}

async function pipeNatively(
  read: Uint8Array,
  body: ReadableStream<Uint8Array>,
  writable: WritableStream<Uint8Array>,
): Promise<void> {
  if (await sendFirst(read, body, writable)) await body.pipeTo(writable).catch(() => undefined)
}

async function relayWatched(
  read: Uint8Array,
  body: ReadableStream<Uint8Array>,
  writable: WritableStream<Uint8Array>,
  watcher: Watcher,
  options: RelayStreamOptions,
): Promise<void> {
  const tail = keepStreamTail()
  watcher.see(read)
  tail.see(read)
  const ending: StreamEnding = (await sendFirst(read, body, writable))
    ? await relayTeed(body, writable, { ...options, watcher, tail })
    : 'left'
  reportEnding(watcher, ending, tail.errorCode(), options)
}

/** Sends the bytes that were read already; false if the caller has left meanwhile. */
async function sendFirst(
  read: Uint8Array,
  body: ReadableStream<Uint8Array>,
  writable: WritableStream<Uint8Array>,
): Promise<boolean> {
  const writer = writable.getWriter()
  try {
    await writer.write(read)
    writer.releaseLock()
    return true
  } catch (left) {
    await body.cancel(left).catch(() => undefined)
    return false
  }
}

/** A slow stream is pumped: the native pipe does not show whether the first event arrives. */
async function pumpSlow(
  { read, rest }: Opening & { kind: 'slow' },
  writable: WritableStream<Uint8Array>,
  options: RelayStreamOptions,
): Promise<void> {
  const { watcher, idle, errorEvent, opened, begun } = options
  const tail = keepStreamTail()
  const look = lookForFirstEvent()
  let hasBegun = false
  const watch = watchIdle(idle)
  const ending = await pump(rest, writable, {
    read: read.byteLength > 0 ? [read] : [],
    see: (piece) => {
      watcher?.see(piece)
      tail.see(piece)
      if (hasBegun || look.at(piece, false).kind === 'incomplete') return undefined
      hasBegun = true
      begun()
      return opened?.(look.read())
    },
    watch,
    isComplete: () => hasBegun || look.at(undefined, true).kind !== 'incomplete',
    onBroken: () => (tail.isInLine() ? undefined : errorEvent()),
  }).finally(() => watch.end())
  begun()
  if (watcher) reportEnding(watcher, ending, tail.errorCode(), options)
}

/** A stream that ends with an error event, or that DashScope marks as partial, is not complete (promise P4). */
function reportEnding(
  watcher: Watcher,
  ending: StreamEnding,
  errorCode: string | undefined,
  { isPartial }: RelayStreamOptions,
): void {
  const code = errorCode ?? (isPartial ? 'PartialResponse' : undefined)
  if (ending === 'complete' && code !== undefined) watcher.ended('broken', code)
  else watcher.ended(ending, ending === 'broken' ? code : undefined)
}
