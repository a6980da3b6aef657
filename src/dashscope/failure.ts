import { isJsonObject, type JsonObject, parseObject } from '../lib/json/object.ts'
import { textOf } from '../lib/json/utf8.ts'
import { unframeError } from './stream/first-event.ts'
import { type Failure, statusOfError } from './upstream-errors.ts'

/**
 * Parses an error response of any dialect: `code` and `message` at the top level, or in `error` (API reference, error
 * shapes).
 *
 * @param headers the response headers, with names in lower case.
 * @param nowMs to evaluate a `Retry-After` with a date (RFC 9110 section 10.2.3).
 */
export function failureIn(
  status: number,
  headers: readonly (readonly [string, string])[],
  body: Uint8Array,
  nowMs: number,
): Failure {
  const whole = parse(body)
  const error = isJsonObject(whole.error) ? whole.error : whole
  const code = error.code ?? whole.code ?? error.type
  const message = typeof error.message === 'string' ? error.message : ''
  const retryAfterMs = retryAfterIn(headers, nowMs)
  return {
    status: statusOfError(code, message, status),
    code: typeof code === 'string' ? code : '',
    message,
    ...(retryAfterMs !== undefined && { retryAfterMs }),
  }
}

function parse(body: Uint8Array): JsonObject {
  const text = textOf(body)
  return parseObject(unframeError(text) ?? text) ?? {}
}

/** The delay of a `Retry-After` header, in milliseconds (RFC 9110 section 10.2.3); undefined without the header. */
export function retryAfterIn(
  headers: readonly (readonly [string, string])[],
  nowMs: number,
): number | undefined {
  const text = headers.find(([name]) => name === 'retry-after')?.[1].trim()
  if (!text) return undefined
  if (/^\d+$/.test(text)) return 1000 * Number(text)
  const dateMs = Date.parse(text)
  return Number.isNaN(dateMs) ? undefined : Math.max(0, dateMs - nowMs)
}
