import { usageOf } from '../dashscope/read-usage.ts'
import { lastUsage } from '../dashscope/stream/usage.ts'
import { NO_USAGE, type Usage } from '../dashscope/usage.ts'
import { compact, join } from '../upstream/response.ts'

/** A stream's last frames, where its usage stands; the longest recorded last frames (cited documents) are about 30 kB. */
export const STREAM_TAIL_BYTES = 64 * 1024

/** A stream's first frame, where Anthropic counts the input. */
export const STREAM_HEAD_BYTES = 4 * 1024

/** Bytes of an event stream a token: each frame of the compatible API wraps a few of them in about 250 bytes of JSON. */
const ESTIMATED_STREAM_BYTES_PER_TOKEN = 80

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

/** The tail of a stream that has not begun. */
export function emptyTail(): Tail {
  return { head: [], headBytes: 0, chunks: [], bytes: 0, seen: 0 }
}

/** Keeps a chunk that passes; the chunk itself is not touched. */
export function keepTail(tail: Tail, chunk: Uint8Array): void {
  tail.seen += chunk.byteLength
  const kept = compact(chunk)
  if (tail.headBytes < STREAM_HEAD_BYTES) {
    tail.head.push(kept)
    tail.headBytes += chunk.byteLength
  }
  tail.chunks.push(kept)
  tail.bytes += chunk.byteLength
  while (tail.chunks.length > 1 && tail.bytes - (tail.chunks[0]?.byteLength ?? 0) >= STREAM_TAIL_BYTES) {
    tail.bytes -= tail.chunks.shift()?.byteLength ?? 0
  }
}

/** The bytes at the end of a stream that were kept. */
export function tailBytes({ chunks, bytes }: Tail): Uint8Array<ArrayBuffer> {
  return join(chunks, bytes)
}

/**
 * What a stream used, read once at its end: the usage of its last complete frame that names one, or, where a frame is
 * longer than the tail, the last `usage` object in the tail (DashScope writes it behind the output).
 *
 * What it did not name is estimated from its size and marked: everything of a compatible stream without
 * `stream_options.include_usage`, and the output of an Anthropic message that ended before its `message_delta`.
 *
 * @param where the endpoint's path to the usage.
 * @param input tokens of the request, as estimated.
 */
export function usageOfTail(tail: Tail, where: readonly string[], input: number): Usage {
  const bytes = tailBytes(tail)
  const text = new TextDecoder().decode(bytes)
  const head = join(tail.head, tail.headBytes)
  const output = Math.ceil(tail.seen / ESTIMATED_STREAM_BYTES_PER_TOKEN)
  const estimate = { ...NO_USAGE, input, output, estimated: true }
  if (isUnfinishedMessage(head, text)) {
    const start = lastUsage({ tail: head }, where)
    return start ? { ...start, output, estimated: true } : estimate
  }
  return lastUsage({ tail: bytes, head }, where) ?? lastUsageObject(text) ?? estimate
}

/** Anthropic counts the input in a message's first event and the output in its last but one. */
function isUnfinishedMessage(head: Uint8Array, text: string): boolean {
  // Within a string of the answer the quotation marks would be escaped.
  const isMessage = /"type": ?"message_start"/.test(new TextDecoder().decode(head))
  return isMessage && !/"type": ?"message_delta"/.test(text)
}

function lastUsageObject(text: string): Usage | undefined {
  const usages = [...text.matchAll(/"usage": ?(?=\{)/g)]
  const last = usages.at(-1)
  if (!last) return undefined
  const rest = text.slice(last.index + last[0].length)
  try {
    return usageOf({ usage: JSON.parse(rest.slice(0, endOfObject(rest))) }, ['usage'])
  } catch {
    return undefined
  }
}

/** The end of the object that a text begins with; no string in a usage holds a brace. */
function endOfObject(text: string): number {
  let depth = 0
  for (const brace of text.matchAll(/[{}]/g)) {
    depth += brace[0] === '{' ? 1 : -1
    if (depth === 0) return brace.index + 1
  }
  return text.length
}
