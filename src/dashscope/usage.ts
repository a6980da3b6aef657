import type { JsonObject } from '../lib/json/object.ts'
import { textOf } from '../lib/json/utf8.ts'
/** What one answer used; tokens as DashScope's `usage` names them, whole and never negative. */
export interface Usage {
  input: number
  output: number
  /** Of the input, read from DashScope's own context cache. */
  cached: number
  /** Of the input, written into the explicit context cache; there only where the request used that cache. */
  written?: number
  /** Of the output, spent on thinking. */
  reasoning: number
  image: number
  video: number
  audio: number
  /** Set where DashScope named no usage and the figures were estimated from sizes. */
  estimated?: boolean
}

/** More tokens than any answer has: what is above is no count. */
const MAX_TOKENS = 1e12

/** Of what used nothing, as an answer from the cache. */
export const NO_USAGE: Usage = { input: 0, output: 0, cached: 0, reasoning: 0, image: 0, video: 0, audio: 0 }

/**
 * The usage that an answer or one frame of a stream names.
 *
 * Reads the native names (`input_tokens`; apps: the sum of `models`), the compatible ones (`prompt_tokens`), those of
 * the Responses API and Anthropic's (whose `input_tokens` leaves cache reads and writes out). Embeddings and reranking
 * name a total only, which is input. Values may be floats (API reference, usage of video models).
 *
 * @param body what JSON.parse gave.
 * @param where the endpoint's path to the usage. The Responses API wraps it in its events and not in a whole answer, so
 *   the last name alone is tried as well.
 * @returns undefined where no tokens are named: `{}` in a prepended search frame, `image_count`, `characters`.
 */
export function usageOf(body: unknown, where: readonly string[]): Usage | undefined {
  const last = where.at(-1) ?? 'usage'
  return readUsage(at(body, where)) ?? readUsage(at(body, [last])) ?? readUsage(at(body, ['message', last]))
}

/**
 * The usage of a whole event stream, from its last complete frame that names one.
 *
 * Native and app frames carry running totals; the compatible API names usage in one of the last chunks, if at all.
 * Anthropic's `message_delta` counts the output and its `message_start` the input, so the head of the stream is read
 * too where the tail does not reach back to it.
 *
 * @param tail the last bytes of the stream, cut anywhere; a frame that is not complete is passed over.
 * @param head the first bytes of the stream, where they are not in the tail.
 */
export function lastUsage(tail: Uint8Array, where: readonly string[], head?: Uint8Array): Usage | undefined {
  const frames = framesOf(tail)
  let end: Usage | undefined
  for (let index = frames.length - 1; index >= 0; index--) {
    const frame = parse(frames[index])
    const usage = frame && usageOf(frame, where)
    if (!usage) continue
    if (frame.type === 'message_start') return end ? withInput(end, usage) : usage
    if (frame.type !== 'message_delta' || usage.input > 0) return end ? withInput(end, usage) : usage
    end ??= usage
  }
  const start = end && head && lastUsage(head, where)
  return end && start ? withInput(end, start) : end
}

function withInput(end: Usage, start: Usage): Usage {
  return { ...start, output: end.output, reasoning: end.reasoning }
}

/** The texts after `data:`, in their order; DashScope writes one line a frame. Lines end in LF, CRLF or CR. */
function framesOf(bytes: Uint8Array): string[] {
  const lines = textOf(bytes).split(/\r\n|\n|\r/)
  return lines.filter((line) => line.startsWith('data:')).map((line) => line.slice(5))
}

function readUsage(value: unknown): Usage | undefined {
  const usage = fieldsOf(value)
  if (!usage) return undefined
  if (Array.isArray(usage.models)) return sum(usage.models.map(readUsage))
  const inputDetails = fieldsOf(usage.input_tokens_details) ?? {}
  const promptDetails = fieldsOf(usage.prompt_tokens_details) ?? {}
  const outputDetails =
    fieldsOf(usage.output_tokens_details) ?? fieldsOf(usage.completion_tokens_details) ?? {}
  const input = count(usage.input_tokens, usage.prompt_tokens)
  const output = count(usage.output_tokens, usage.completion_tokens)
  const total = count(usage.total_tokens)
  if (input === undefined && output === undefined && total === undefined) return undefined

  const details = (name: string) => count(usage[name], inputDetails[name], promptDetails[name])
  const readApart = count(usage.cache_read_input_tokens) ?? 0
  const writtenApart = count(usage.cache_creation_input_tokens) ?? 0
  const written = count(promptDetails.cache_creation_input_tokens) ?? writtenApart
  const isExplicit = promptDetails.cache_type === 'ephemeral' || readApart > 0 || written > 0
  return {
    input: (input ?? (output === undefined ? total : 0) ?? 0) + readApart + writtenApart,
    output: output ?? 0,
    cached: readApart || (details('cached_tokens') ?? 0),
    ...(isExplicit && { written }),
    reasoning: count(outputDetails.reasoning_tokens) ?? 0,
    image: details('image_tokens') ?? 0,
    video: details('video_tokens') ?? 0,
    audio: (details('audio_tokens') ?? 0) + (count(outputDetails.audio_tokens) ?? 0),
  }
}

/** Cents and fractions of tokens do not exist; a value that is no count counts as absent. */
function count(...values: readonly unknown[]): number | undefined {
  for (const value of values) {
    if (typeof value === 'number' && value >= 0 && value <= MAX_TOKENS) return Math.round(value)
  }
  return undefined
}

function sum(parts: readonly (Usage | undefined)[]): Usage | undefined {
  const named = parts.filter((part) => part !== undefined)
  if (named.length === 0) return undefined
  return named.reduce((all, part) => ({
    input: all.input + part.input,
    output: all.output + part.output,
    cached: all.cached + part.cached,
    reasoning: all.reasoning + part.reasoning,
    image: all.image + part.image,
    video: all.video + part.video,
    audio: all.audio + part.audio,
  }))
}

function at(value: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>((inner, name) => fieldsOf(inner)?.[name], value)
}

function fieldsOf(value: unknown): JsonObject | undefined {
  return value !== null && typeof value === 'object' ? (value as JsonObject) : undefined
}

function parse(text: string | undefined): JsonObject | undefined {
  try {
    return fieldsOf(JSON.parse(text ?? ''))
  } catch {
    return undefined
  }
}
