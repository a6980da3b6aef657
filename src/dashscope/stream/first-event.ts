import { type Dialect, errorBody, type GatewayError } from '../../errors.ts'
import { isJsonObject, type JsonObject, parseObject } from '../../lib/json/object.ts'
import { bytesOf, textOf } from '../../lib/json/utf8.ts'
import { statusOfError } from '../upstream-errors.ts'
import { noFields, readField } from './frames.ts'

/** An error event has a few hundred bytes; a longer first event is a response and need not be read to its end. */
export const FIRST_EVENT_LOOK_BYTES = 16 * 1024

/** What the beginning of an event stream is: too short to tell, a response, or an error that was sent with status 200. */
export type FirstEvent =
  | { kind: 'incomplete' }
  | { kind: 'answer' }
  | { kind: 'error'; status: number; data: string }

/**
 * Looks at the beginning of an event stream for an error that DashScope put into its first event.
 *
 * Native errors say `event:error`, with their status in the comment `:HTTP_STATUS/429` or only in the code; compatible and
 * Anthropic ones are a `data:` frame that holds an `error`. Lines may end in LF, CRLF or CR (HTML standard, event streams).
 *
 * @param bytes what has arrived so far; comment-only blocks before the first event are looked past.
 */
export function lookAtFirstEvent(bytes: Uint8Array): FirstEvent {
  const text = textOf(bytes.subarray(0, FIRST_EVENT_LOOK_BYTES))
  const lines = text.split(/\r\n|\n|\r/)
  const unfinished = lines.pop() ?? ''
  const fields = noFields()
  for (const line of lines) {
    const { event, data, status } = fields
    if (line === '' && (event !== undefined || data.length > 0))
      return classifyEvent(event, data.join('\n'), status)
    readField(fields, line)
    if (fields.event !== undefined && fields.event !== 'error') return { kind: 'answer' }
  }
  const long = bytes.byteLength >= FIRST_EVENT_LOOK_BYTES
  const plainlyAnAnswer =
    fields.event === undefined &&
    /^data: ?\{"(?!(?:error|code|message|request_id|type)")[^"]+"/.test(unfinished)
  return long || plainlyAnAnswer ? { kind: 'answer' } : { kind: 'incomplete' }
}

/**
 * Looks at an error answer that is not plain JSON but framed as an event (some of DashScope's gateways answer so, also
 * labelled `application/json`).
 *
 * @returns the JSON text inside the frame, or undefined if there is none.
 */
export function unframeError(text: string): string | undefined {
  if (!/^(?:id|event|data|:)/.test(text)) return undefined
  const line = text.split(/\r\n|\n|\r/).find((each) => each.startsWith('data:'))
  const data = line?.slice(5).trim()
  return data && parseObject(data) ? data : undefined
}

/**
 * The frame that ends a stream which broke, in the dialect of the path.
 *
 * It begins with blank lines, because what was sent before may have ended in the middle of a line. Native: no space after
 * the colons, since the official Python SDK compares what follows `event:` with `error` to the letter.
 */
export function errorFrame(error: GatewayError, dialect: Dialect, requestId: string): Uint8Array {
  const data = JSON.stringify(errorBody(error, dialect, requestId))
  const frames: Record<Dialect, string> = {
    native: `id:1\nevent:error\n:HTTP_STATUS/${error.status}\ndata:${data}`,
    compatible: `data: ${data}`,
    anthropic: `event: error\ndata: ${data}`,
  }
  return bytesOf(`\n\n${frames[dialect]}\n\n`)
}

/** Whether a JSON answer is an error, whatever its status says. */
export function isErrorBody(body: JsonObject): boolean {
  return errorIn(undefined, body) !== undefined
}

/** Classifies one whole event: part of a response, or an error with its true status. */
export function classifyEvent(
  event: string | undefined,
  data: string,
  status: number | undefined,
): FirstEvent {
  const error = errorIn(event, parseObject(data))
  if (!error) return { kind: 'answer' }
  return { kind: 'error', status: statusOfError(error.code, error.message, status), data }
}

/** The error that an event carries: in `error` (compatible, Anthropic), flat (native), or any event called `error`. */
function errorIn(
  event: string | undefined,
  body: JsonObject | undefined,
): { code: unknown; message: unknown } | undefined {
  const { error, code, message, output, choices } = body ?? {}
  if (isJsonObject(error) && (choices === undefined || event === 'error')) {
    return { code: error.code ?? error.type, message: error.message }
  }
  const isFlat = typeof code === 'string' && output === undefined && choices === undefined
  return isFlat || event === 'error' ? { code, message } : undefined
}
