import { textOf } from '../lib/json/utf8.ts'
import { unframeError } from './stream/first-event.ts'

/** How DashScope failed: with an error of its own, or without any. */
export interface Failure {
  /** Of DashScope's answer; 0 where there was none. */
  status: number
  /** DashScope's code; `lost` where the connection failed or broke, `late` where no answer came in time. */
  code: string
  message: string
  /** What its `Retry-After` asks for, in milliseconds. */
  retryAfterMs?: number
}

/**
 * Reads an error answer of any dialect: `code` and `message` at the top, or in `error` (API reference, error shapes).
 *
 * @param headers the answer's, with names in lower case.
 * @param nowMs for a `Retry-After` that names a date (RFC 9110 section 10.2.3).
 */
export function failureIn(
  status: number,
  headers: readonly (readonly [string, string])[],
  body: Uint8Array,
  nowMs: number,
): Failure {
  const whole = parse(body)
  const error = Object(whole.error ?? whole)
  const retryAfterMs = retryAfterIn(headers, nowMs)
  return {
    status,
    code: String(error.code ?? whole.code ?? error.type ?? ''),
    message: typeof error.message === 'string' ? error.message : '',
    ...(retryAfterMs !== undefined && { retryAfterMs }),
  }
}

function parse(body: Uint8Array): Record<string, unknown> {
  const text = textOf(body)
  try {
    return Object(JSON.parse(unframeError(text) ?? text))
  } catch {
    return {}
  }
}

/** What an answer's `Retry-After` asks for, in milliseconds (RFC 9110 section 10.2.3); undefined where it asks for nothing. */
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
