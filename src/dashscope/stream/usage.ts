import { isJsonObject, type JsonObject, parseObject } from '../../lib/json/object.ts'
import { countOf, INPUT, OUTPUT, readUsage, usageObjectOf, usageOf } from '../read-usage.ts'
import type { Usage } from '../usage.ts'
import { type Frame, readFrames } from './frames.ts'

/**
 * Bytes of the end of a stream that are searched first. They hold the event with the usage, which the official models
 * send last; the rest is parsed only if they do not.
 */
const SEARCHED_FIRST_BYTES = 4 * 1024

/** The first and last bytes of a stream, cut anywhere; incomplete events are skipped. */
export interface StreamEnds {
  tail: Uint8Array
  /** The first bytes, if the tail does not include them. */
  head?: Uint8Array | undefined
  /** Requested number of choices (`n`). */
  choices?: number
}

/**
 * The usage of an event stream.
 *
 * Native and application events contain running totals, so the last one counts; with `n` > 1 each event has the
 * output of its own choice, so the last event of each choice counts. The compatible API reports usage in one of the
 * last chunks, if at all. Anthropic splits it between `message_start` and `message_delta`.
 *
 * @param where the endpoint's path to the usage.
 */
export function lastUsage(
  { tail, head, choices = 1 }: StreamEnds,
  where: readonly string[],
): Usage | undefined {
  const final = choices === 1 && lastEventWithUsage(readFrames(tail.subarray(-SEARCHED_FIRST_BYTES)), where)
  if (final && !isAnthropic(final)) return usageOf(final, where)
  const frames = readFrames(tail)
  const last = lastEventWithUsage(frames, where)
  if (!last || (choices === 1 && !isAnthropic(last))) return last && usageOf(last, where)
  const merge = mergeUsage(where)
  for (const { data } of head ? readFrames(head) : []) merge.add(parseObject(data))
  for (const { data } of frames) merge.add(parseObject(data))
  return merge.usage()
}

function lastEventWithUsage(frames: readonly Frame[], where: readonly string[]): JsonObject | undefined {
  for (let index = frames.length - 1; index >= 0; index--) {
    const event = parseObject(frames[index]?.data ?? '')
    if (event && usageObjectOf(event, where)) return event
  }
  return undefined
}

function isAnthropic({ type }: JsonObject): boolean {
  return typeof type === 'string' && type.startsWith('message_')
}

/** Merges the usage of a stream's events in their order. */
export interface UsageMerge {
  add: (event: JsonObject | undefined) => void
  /** The usage so far; undefined if no event reported any. */
  usage: () => Usage | undefined
}

/** Starts merging; see {@link lastUsage}. */
export function mergeUsage(where: readonly string[]): UsageMerge {
  let last: JsonObject | undefined
  const outputs = new Map<number, JsonObject>()
  return {
    add: (event) => {
      const usage = usageObjectOf(event, where)
      if (!event || !usage) return
      last = isAnthropic(event) ? mergeFields(last, usage) : usage
      const index = choiceOf(event)
      if (index !== undefined) outputs.set(index, usage)
    },
    usage: () => {
      if (!last) return undefined
      const usage = readUsage(last)
      return usage && outputs.size > 1 ? withOutputs(usage, [...outputs.values()]) : usage
    },
  }
}

/**
 * Merges Anthropic's usage of `message_start` and `message_delta`: each field keeps the last reported value. A 0
 * means that the event did not count the field.
 */
export function mergeFields(before: JsonObject | undefined, usage: JsonObject): JsonObject {
  const merged = { ...before }
  for (const [name, value] of Object.entries(usage)) {
    if (isJsonObject(value) && isJsonObject(merged[name])) merged[name] = mergeFields(merged[name], value)
    else if (value || merged[name] === undefined) merged[name] = value
  }
  return merged
}

/**
 * The native usage of a response with several choices: input counts once, output is the sum of the last usage of each
 * choice. Both official SDKs calculate it the same way.
 */
export function sumChoices(last: JsonObject, choices: readonly JsonObject[]): JsonObject {
  const output = choices.reduce((sum, usage) => sum + (countOf(usage, OUTPUT) ?? 0), 0)
  const input = countOf(last, INPUT) ?? 0
  return { ...last, output_tokens: output, total_tokens: input + output }
}

function withOutputs(usage: Usage, choices: readonly JsonObject[]): Usage {
  const each = choices.map(readUsage).filter((one) => one !== undefined)
  const total = (name: 'output' | 'reasoning' | 'spoken') => each.reduce((sum, one) => sum + one[name], 0)
  return { ...usage, output: total('output'), reasoning: total('reasoning'), spoken: total('spoken') }
}

/** The index of the only choice in a native event; undefined for other events. */
function choiceOf({ output }: JsonObject): number | undefined {
  const choices = isJsonObject(output) ? output.choices : undefined
  const [choice] = Array.isArray(choices) && choices.length === 1 ? choices : []
  return isJsonObject(choice) && typeof choice.index === 'number' ? choice.index : undefined
}
