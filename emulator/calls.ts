import type { JsonObject } from './json.ts'
import type { Usage } from './tokens.ts'

/** How a call ended: not yet, completely, because the caller left, or because of a fault. */
type Outcome = 'open' | 'answered' | 'left' | 'cut'

/** One call in the log. `body` is the raw text; `bytes` is its full length, even if `body` is truncated. */
export interface Call {
  id: string
  /** When it arrived, in milliseconds since 1970. */
  at: number
  method: string
  path: string
  query: string
  headers: { [name: string]: string }
  body: string
  bytes: number
  /** The model, or the id of an application. */
  model: string
  status: number
  outcome: Outcome
  frames: number
  usage: Usage | undefined
}

/**
 * Maximum calls in an account's log; the oldest are dropped, so that a benchmark does not exhaust the isolate's 128
 * MB.
 */
const KEPT_CALLS = 2000
/** Maximum body text in an account's log, in UTF-16 units, for the same reason. */
const KEPT_BODY_UNITS = 8 * 1024 * 1024
/** Of longer bodies only the beginning is kept. */
const WHOLE_BODY_BYTES = 64 * 1024
const SHOWN_BYTES = 1024

/** The log entry for a call that has just started. */
export function openCall(request: Request, url: URL, id: string, at: number, body: Uint8Array): Call {
  return {
    id,
    at,
    method: request.method,
    path: url.pathname,
    query: url.search.slice(1),
    headers: Object.fromEntries(request.headers),
    body: showBody(request.headers.get('content-type') ?? '', body),
    bytes: body.byteLength,
    model: '',
    status: 0,
    outcome: 'open',
    frames: 0,
    usage: undefined,
  }
}

/** Adds a call to a log and drops the oldest ones beyond these limits. */
export function keepCall(log: Call[], call: Call): void {
  log.push(call)
  let units = log.reduce((sum, kept) => sum + kept.body.length, 0)
  while (log.length > KEPT_CALLS || (units > KEPT_BODY_UNITS && log.length > 1)) {
    units -= log.shift()?.body.length ?? 0
  }
}

/** The JSON of a log for `GET /emulator/calls`, oldest first. */
export function showCalls(log: readonly Call[]): JsonObject[] {
  return log.map((call) => ({ ...call, usage: call.usage ?? null }))
}

function showBody(contentType: string, body: Uint8Array): string {
  if (contentType.startsWith('multipart/')) return `a multipart body of ${body.byteLength} bytes`
  const shown = body.byteLength > WHOLE_BODY_BYTES ? body.subarray(0, SHOWN_BYTES) : body
  return new TextDecoder().decode(shown)
}
