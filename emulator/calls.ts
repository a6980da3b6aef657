import type { JsonObject } from './json.ts'
import type { Usage } from './tokens.ts'

/** How a call ended: not yet, in full, because the caller left, or because a fault broke it. */
type Outcome = 'open' | 'answered' | 'left' | 'cut'

/** One call as the log shows it. `body` is the raw text; `bytes` is its whole length even when `body` is cut. */
export interface Call {
  id: string
  /** When it arrived, in epoch milliseconds. */
  at: number
  method: string
  path: string
  query: string
  headers: { [name: string]: string }
  body: string
  bytes: number
  /** Of an application its id. */
  model: string
  status: number
  outcome: Outcome
  frames: number
  usage: Usage | undefined
}

/** Calls an account's log keeps; the oldest go first. A bench must not fill the isolate's 128 MB. */
const KEPT_CALLS = 2000
/** Body text an account's log keeps in all, in UTF-16 units, for the same reason. */
const KEPT_BODY_UNITS = 8 * 1024 * 1024
/** A body longer than this is shown by its beginning only. */
const WHOLE_BODY_BYTES = 64 * 1024
const SHOWN_BYTES = 1024

/** Takes a request, its parsed address, id, arrival and raw body; returns the log entry for a call that has just begun. */
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

/** Adds a call to a log and drops the oldest ones beyond the bounds above. */
export function keepCall(log: Call[], call: Call): void {
  log.push(call)
  let units = log.reduce((sum, kept) => sum + kept.body.length, 0)
  while (log.length > KEPT_CALLS || (units > KEPT_BODY_UNITS && log.length > 1)) {
    units -= log.shift()?.body.length ?? 0
  }
}

/** Takes a log; returns it as the JSON values that `GET /emulator/calls` answers with, oldest first. */
export function showCalls(log: readonly Call[]): JsonObject[] {
  return log.map((call) => ({ ...call, usage: call.usage ?? null }))
}

function showBody(contentType: string, body: Uint8Array): string {
  if (contentType.startsWith('multipart/')) return `a multipart body of ${body.byteLength} bytes`
  const shown = body.byteLength > WHOLE_BODY_BYTES ? body.subarray(0, SHOWN_BYTES) : body
  return new TextDecoder().decode(shown)
}
