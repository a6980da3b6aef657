import { type Dialect, errorBody, type GatewayError } from '../../errors.ts'
import { isJsonObject, type JsonObject, parseObject } from '../../lib/json/object.ts'
import { bytesOf, textOf } from '../../lib/json/utf8.ts'
import { statusOfError } from '../upstream-errors.ts'
import { noFields, readField } from './frames.ts'

/** An error event has a few hundred bytes; a longer first event is a response and is not read to its end. */
export const FIRST_EVENT_LOOK_BYTES = 16 * 1024

/**
 * The result of reading the beginning of an event stream: too short, a response, or an error that was sent with
 * status 200.
 */
export type FirstEvent =
  | { kind: 'incomplete' }
  | { kind: 'response' }
  | { kind: 'error'; status: number; data: string }

/**
 * Checks whether the first event of a stream is an error.
 *
 * Native errors have `event:error`, with their status in the comment `:HTTP_STATUS/429` or only in the code;
 * compatible and Anthropic ones are a `data:` frame that holds an `error`. Lines may end in LF, CRLF or CR (HTML
 * standard, event streams).
 *
 * @param bytes the bytes so far; blocks of only comments before the first event are skipped.
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
    if (fields.event !== undefined && fields.event !== 'error') return { kind: 'response' }
  }
  const long = bytes.byteLength >= FIRST_EVENT_LOOK_BYTES
  const isPlainlyResponse =
    fields.event === undefined &&
    /^data: ?\{"(?!(?:error|code|message|request_id|type)")[^"]+"/.test(unfinished)
  return long || isPlainlyResponse ? { kind: 'response' } : { kind: 'incomplete' }
}

/**
 * Extracts the JSON of an error response that is framed as an event (some of DashScope's gateways send such
 * responses, even as `application/json`).
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
 * The frame that ends a broken stream, in the dialect of the path.
 *
 * It begins with blank lines, because the bytes before may end in the middle of a line. The native frame has no space
 * after the colons, since the official Python SDK compares the text after `event:` literally with `error`.
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

/** Whether a JSON response is an error, whatever its status. */
export function isErrorBody(body: JsonObject): boolean {
  return errorIn(undefined, body) !== undefined
}

/** Classifies a complete event: part of a response, or an error with its true status. */
export function classifyEvent(
  event: string | undefined,
  data: string,
  status: number | undefined,
): FirstEvent {
  const error = errorIn(event, parseObject(data))
  if (!error) return { kind: 'response' }
  return { kind: 'error', status: statusOfError(error.code, error.message, status), data }
}

/** The error in an event: in `error` (compatible, Anthropic), flat (native), or any event called `error`. */
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
