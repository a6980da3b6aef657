import { STREAM_HEAD_BYTES, STREAM_TAIL_BYTES } from '../constants.ts'
import { lastUsage, type Usage, usageOf } from '../dashscope/usage.ts'
import { join } from '../relay/answer.ts'

/** The beginning and the end of a stream, where its usage stands; what is between is not kept. */
export interface Tail {
  head: Uint8Array[]
  headBytes: number
  /** The last chunks, oldest first; together at least STREAM_TAIL_BYTES where there was that much. */
  chunks: Uint8Array[]
  bytes: number
  /** Bytes seen in all. */
  seen: number
}

export function emptyTail(): Tail {
  return { head: [], headBytes: 0, chunks: [], bytes: 0, seen: 0 }
}

/** Keeps a chunk that passes; the chunk itself is not touched. */
export function keepTail(tail: Tail, chunk: Uint8Array): void {
  tail.seen += chunk.byteLength
  if (tail.headBytes < STREAM_HEAD_BYTES) {
    tail.head.push(chunk)
    tail.headBytes += chunk.byteLength
  }
  tail.chunks.push(chunk)
  tail.bytes += chunk.byteLength
  while (tail.chunks.length > 1 && tail.bytes - (tail.chunks[0]?.byteLength ?? 0) >= STREAM_TAIL_BYTES) {
    tail.bytes -= tail.chunks.shift()?.byteLength ?? 0
  }
}

/**
 * The usage that a stream named last: its last complete frame's, or, where a frame is longer than the tail, the last
 * `usage` object in the tail (DashScope writes it behind the output).
 */
export function usageOfTail(tail: Tail, where: readonly string[]): Usage | undefined {
  const bytes = join(tail.chunks, tail.bytes)
  return (
    lastUsage(bytes, where, join(tail.head, tail.headBytes)) ??
    lastUsageObject(new TextDecoder().decode(bytes))
  )
}

function lastUsageObject(text: string): Usage | undefined {
  const start = text.lastIndexOf('"usage":{')
  if (start < 0) return undefined
  const from = start + '"usage":'.length
  for (let end = text.indexOf('}', from); end > 0; end = text.indexOf('}', end + 1)) {
    try {
      return usageOf({ usage: JSON.parse(text.slice(from, end + 1)) }, ['usage'])
    } catch {
      // An inner object ended here; the next brace may end the usage itself.
    }
  }
  return undefined
}
