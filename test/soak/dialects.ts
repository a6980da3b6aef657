import type { Dialect } from '../../src/errors.ts'
import { CHAT, MESSAGES, TEXT } from '../harness/caller.ts'

export const DIALECTS: readonly Dialect[] = ['native', 'compatible', 'anthropic']

export const PATHS: Readonly<Record<Dialect, string>> = {
  native: TEXT,
  compatible: CHAT,
  anthropic: MESSAGES,
}

const DIALECT_OF_PATH = new Map(DIALECTS.map((dialect) => [PATHS[dialect], dialect]))

/** More than any answer of the run has, so that none is cut short by its own request. */
export const MAX_TOKENS = 4000

/** What varies about a request in addition to its text. */
export interface Manner {
  dialect: Dialect
  stream: boolean
  /** Native streams: each frame only what is new, or all that was said so far. */
  isIncremental: boolean
  /** Compatible streams: a last chunk with the usage. */
  namesUsage: boolean
}

/** The dialect of a path of DashScope's; native for any other. */
export function dialectOf(path: string): Dialect {
  return DIALECT_OF_PATH.get(path) ?? 'native'
}

/** The JSON text of a question in its dialect. */
export function bodyOf(model: string, text: string, manner: Manner): string {
  const messages = [{ role: 'user', content: text }]
  switch (manner.dialect) {
    case 'native':
      return JSON.stringify({
        model,
        input: { messages },
        parameters: {
          result_format: 'message',
          ...(manner.stream && { incremental_output: manner.isIncremental }),
        },
      })
    case 'compatible':
      return JSON.stringify({
        model,
        messages,
        ...(manner.stream && { stream: true }),
        ...(manner.stream && manner.namesUsage && { stream_options: { include_usage: true } }),
      })
    case 'anthropic':
      return JSON.stringify({
        model,
        max_tokens: MAX_TOKENS,
        messages,
        ...(manner.stream && { stream: true }),
      })
  }
}

/** The headers by which a dialect asks for a stream. */
export function headersOf({ dialect, stream }: Manner): Record<string, string> {
  return dialect === 'native' && stream ? { 'x-dashscope-sse': 'enable' } : {}
}

/** An error as DashScope words it in a dialect. */
export function upstreamError(dialect: Dialect, status: 429 | 503, message: string): string {
  const isBusy = status === 429
  const code = isBusy ? 'Throttling.RateQuota' : 'ModelUnavailable'
  if (dialect === 'native') return JSON.stringify({ code, message, request_id: 'storm' })
  if (dialect === 'anthropic') {
    const type = isBusy ? 'rate_limit_error' : 'overloaded_error'
    return JSON.stringify({ type: 'error', error: { type, message }, request_id: 'storm' })
  }
  const compatible = isBusy ? 'limit_requests' : 'service_unavailable'
  return JSON.stringify({
    error: { message, type: compatible, param: null, code: compatible },
    request_id: 'storm',
  })
}
