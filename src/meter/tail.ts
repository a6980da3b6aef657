import { usageOf } from '../dashscope/read-usage.ts'
import { frameReader } from '../dashscope/stream/frames.ts'
import { lastUsage, mergeUsage } from '../dashscope/stream/usage.ts'
import { atLeast, NO_USAGE, type Usage } from '../dashscope/usage.ts'
import { parseObject } from '../lib/json/object.ts'
import { textOf } from '../lib/json/utf8.ts'
import { compact, join } from '../upstream/response.ts'

/**
 * Bytes kept of a stream's end, where events report usage; the longest recorded ones (cited documents) are about 30
 * kB.
 */
export const STREAM_TAIL_BYTES = 64 * 1024

/** Bytes kept of a stream's first event, in which Anthropic reports the input. */
export const STREAM_HEAD_BYTES = 4 * 1024

/** Bytes of an event stream per token: each event of the compatible API wraps a few tokens in about 250 bytes of JSON. */
const ESTIMATED_STREAM_BYTES_PER_TOKEN = 80

/** The beginning and the end of a stream, which report its usage. */
export interface Tail {
  head: Uint8Array[]
  headBytes: number
  /** The last chunks, oldest first; together at least STREAM_TAIL_BYTES if the stream was that long. */
  chunks: Uint8Array[]
  bytes: number
  /** The total number of bytes. */
  seen: number
}

/** The tail of a stream that has not started. */
export function emptyTail(): Tail {
  return { head: [], headBytes: 0, chunks: [], bytes: 0, seen: 0 }
}

/** Adds a chunk to the tail; the chunk itself is not changed. */
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

/** The kept bytes of the end of a stream. */
export function tailBytes({ chunks, bytes }: Tail): Uint8Array<ArrayBuffer> {
  return join(chunks, bytes)
}

/** Observes a stream for its usage. */
export interface UsageWatch {
  tail: Tail
  see: (chunk: Uint8Array) => void
  /**
   * The usage of the stream, called once at its end.
   *
   * @param reserved the reserved usage of the request. Values that the stream does not report are charged with this,
   *   or with more if the stream was longer.
   */
  usage: (reserved: Usage) => Usage
}

/**
 * Starts to observe a stream. With several choices each event reports one of them, so every event is read; otherwise
 * only the end of the stream (and the beginning, for Anthropic).
 *
 * @param where the endpoint's path to the usage.
 * @param choices the requested number of choices.
 */
export function watchUsage(where: readonly string[], choices: number): UsageWatch {
  const tail = emptyTail()
  const merge = choices > 1 ? mergeUsage(where) : undefined
  const nextFrames = merge && frameReader()
  return {
    tail,
    see: (chunk) => {
      keepTail(tail, chunk)
      if (merge && nextFrames) for (const { data } of nextFrames(chunk)) merge.add(parseObject(data))
    },
    usage: (reserved) => merge?.usage() ?? usageOfTail(tail, where, reserved),
  }
}

/**
 * The usage of a stream: from its last complete event with usage or, if an event is longer than the tail, from the
 * last `usage` object in the tail (DashScope writes it after the output).
 *
 * Missing values are estimated from the size of the stream and marked as such: all values of a compatible stream
 * without `stream_options.include_usage`, and the output of an Anthropic message that ended before its
 * `message_delta`.
 *
 * @param where the endpoint's path to the usage.
 * @param reserved the minimum that is charged for missing values.
 */
export function usageOfTail(tail: Tail, where: readonly string[], reserved: Usage): Usage {
  const bytes = tailBytes(tail)
  const head = join(tail.head, tail.headBytes)
  const output = Math.ceil(tail.seen / ESTIMATED_STREAM_BYTES_PER_TOKEN)
  const estimate = atLeast({ ...NO_USAGE, output, estimated: true }, reserved)
  if (isUnfinishedMessage(head, bytes)) {
    const start = lastUsage({ tail: head }, where)
    return start ? { ...start, output: estimate.output, estimated: true } : estimate
  }
  return lastUsage({ tail: bytes, head }, where) ?? lastUsageObject(textOf(bytes)) ?? estimate
}

/** Anthropic reports the input in the first event of a message and the output in the second to last. */
function isUnfinishedMessage(head: Uint8Array, tail: Uint8Array): boolean {
  // In text of the response the quotation marks would be escaped, so they cannot match.
  const isMessage = /"type": ?"message_start"/.test(textOf(head))
  return isMessage && !/"type": ?"message_delta"/.test(textOf(tail))
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

/** The end of the object that a text begins with; strings in a usage contain no braces. */
function endOfObject(text: string): number {
  let depth = 0
  for (const brace of text.matchAll(/[{}]/g)) {
    depth += brace[0] === '{' ? 1 : -1
    if (depth === 0) return brace.index + 1
  }
  return text.length
}
