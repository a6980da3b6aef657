import type { JsonBody } from '../../lib/json/body.ts'
import { isJsonObject, parseObject } from '../../lib/json/object.ts'
import { isObject } from '../../lib/json/outline.ts'
import { membersOf, memberText, prepend, replaceEmpty } from '../../lib/json/splice.ts'
import { readFrames } from './frames.ts'

const LF = 0x0a
const CR = 0x0d

/** Whether the body of a chat or text completion asks for the usage of its stream. */
export function includesUsage(body: unknown): boolean {
  const options = isJsonObject(body) ? body.stream_options : undefined
  return isJsonObject(options) && options.include_usage === true
}

/**
 * Asks for the usage of a chat or completion stream: `"stream_options":{"include_usage":true}` is inserted into the
 * body, and every other byte stays (a documented exception to promise P1). Without it, the usage of the stream could
 * not be counted against limits.
 *
 * @param json a request without duplicate keys.
 */
export function askForUsage(json: JsonBody): JsonBody {
  const { outline } = json
  const member = memberText('include_usage', true)
  const options = membersOf(outline, 0).get('stream_options')
  if (options === undefined) return json.spliced([prepend(outline, 0, [`"stream_options":{${member}}`])])
  if (!isObject(outline, options)) return json.spliced([replaceEmpty(outline, options, `{${member}}`)])
  const value = membersOf(outline, options).get('include_usage')
  return json.spliced([
    value === undefined ? prepend(outline, options, [member]) : replaceEmpty(outline, value, 'true'),
  ])
}

/**
 * Removes the chunk with the usage from a stream whose caller did not ask for it; all other bytes stay unchanged.
 *
 * @returns a function that takes the next chunk of the stream, cut anywhere, or nothing at its end, and returns the
 *   bytes to send. Incomplete events are held back.
 */
export function usageChunkFilter(): (chunk?: Uint8Array) => Uint8Array {
  let held = new Uint8Array(0)
  return (chunk) => {
    const bytes = chunk ? joined(held, chunk) : held
    const kept: Uint8Array[] = []
    let start = 0
    for (let end = endOfEvent(bytes, start); end !== undefined; end = endOfEvent(bytes, start)) {
      const event = bytes.subarray(start, end)
      if (!isUsageChunk(event)) kept.push(event)
      start = end
    }
    const rest = bytes.subarray(start)
    if (chunk) held = rest.slice()
    else if (rest.byteLength > 0 && !isUsageChunk(rest)) kept.push(rest)
    return kept.reduce(joined, new Uint8Array(0))
  }
}

/** The filter as a stream. */
export function usageChunkFilterStream(): TransformStream<Uint8Array, Uint8Array> {
  const filter = usageChunkFilter()
  const send = (bytes: Uint8Array, controller: TransformStreamDefaultController<Uint8Array>) => {
    if (bytes.byteLength > 0) controller.enqueue(bytes)
  }
  return new TransformStream({
    transform: (chunk, controller) => send(filter(chunk), controller),
    flush: (controller) => send(filter(), controller),
  })
}

/** OpenAI API reference, "stream_options": the chunk with the usage has no choices. */
function isUsageChunk(event: Uint8Array): boolean {
  return readFrames(event).some(({ data }) => {
    const body = parseObject(data)
    return Array.isArray(body?.choices) && body.choices.length === 0 && isJsonObject(body.usage)
  })
}

/**
 * The end of the event that begins at `start`: after a blank line, with any kind of line ending (HTML standard, event
 * streams).
 */
function endOfEvent(bytes: Uint8Array, start: number): number | undefined {
  let isLineEmpty = false
  for (let at = start; at < bytes.byteLength; at++) {
    const byte = bytes[at]
    if (byte !== LF && byte !== CR) {
      isLineEmpty = false
      continue
    }
    if (byte === CR) {
      // A CR at the end may be half of a CRLF.
      if (at + 1 === bytes.byteLength) return undefined
      if (bytes[at + 1] === LF) at++
    }
    if (isLineEmpty) return at + 1
    isLineEmpty = true
  }
  return undefined
}

function joined(one: Uint8Array, other: Uint8Array): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(one.byteLength + other.byteLength)
  all.set(one)
  all.set(other, one.byteLength)
  return all
}
