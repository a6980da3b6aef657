import { classifyEvent } from '../dashscope/stream/first-event.ts'
import { readFrames } from '../dashscope/stream/frames.ts'
import { objectAt, parseObject } from '../lib/json/object.ts'
import { compact, join } from './response.ts'

/** An error event and the bytes after it are a few hundred bytes. */
const TAIL_BYTES = 4 * 1024

const LINE_FEED = 10
const CARRIAGE_RETURN = 13

/** The last bytes of a stream, which show how it ended. */
export interface StreamTail {
  see: (chunk: Uint8Array) => void
  /** Whether the stream so far ends in the middle of a line, where no event may be appended. */
  isInLine: () => boolean
  /** The code of the error event that the stream ends with; undefined if it ends otherwise. */
  errorCode: () => string | undefined
}

/** Starts keeping the last TAIL_BYTES of a stream. */
export function keepStreamTail(): StreamTail {
  let pieces: Uint8Array[] = []
  let size = 0
  return {
    see: (chunk) => {
      const kept = compact(chunk.subarray(-TAIL_BYTES))
      while (pieces.length > 0 && size + kept.byteLength - (pieces[0]?.byteLength ?? 0) >= TAIL_BYTES) {
        size -= pieces.shift()?.byteLength ?? 0
      }
      pieces.push(kept)
      size += kept.byteLength
    },
    isInLine: () => {
      const last = pieces.at(-1)?.at(-1)
      return last !== undefined && last !== LINE_FEED && last !== CARRIAGE_RETURN
    },
    errorCode: () => {
      const bytes = join(pieces, size)
      pieces = [bytes]
      return finalErrorIn(bytes)
    },
  }
}

/** The error code in the last event, or in the one before `[DONE]`. The type replaces a missing code. */
function finalErrorIn(bytes: Uint8Array): string | undefined {
  const frame = readFrames(bytes).findLast(({ data }) => data.trim() !== '[DONE]')
  if (!frame || classifyEvent(frame.event, frame.data, frame.status).kind !== 'error') return undefined
  const body = parseObject(frame.data)
  if (!body) return undefined
  const { code, type } = objectAt(body, 'error') ?? body
  return typeof code === 'string' ? code : typeof type === 'string' ? type : 'error'
}
