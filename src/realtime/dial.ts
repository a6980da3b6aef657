import { failureIn } from '../dashscope/failure.ts'
import type { Target, Targets } from '../dashscope/targets.ts'
import { type Failure, ruleOf } from '../dashscope/upstream-errors.ts'
import { bytesOf } from '../lib/json/utf8.ts'
import { breakers, noteAsked, openUntil } from '../upstream/breakers.ts'
import { startDeadline } from '../upstream/fetch.ts'
import { nextTarget } from '../upstream/retry-policy.ts'
import type { SocketContext } from './context.ts'
import { upgradeHeaders } from './headers.ts'
import type { SocketError } from './refusal.ts'
import { noteFault } from './target-health.ts'
import { withoutCredentials } from './upstream-frame.ts'

/** DashScope responds to an upgrade within milliseconds; the Python SDK gives up after five seconds. */
const UPGRADE_TIMEOUT_MS = 10_000

/** DashScope's response to a refused upgrade is a small JSON object. */
const MAX_REFUSAL_CHARACTERS = 4096

/** The result of opening a connection to DashScope. */
export type Dialed =
  | { kind: 'open'; socket: WebSocket; target: Target }
  | { kind: 'refused'; error: SocketError; failure: Failure }

/** The connection to open. */
export interface Wanted {
  targets: Targets
  model: string
  /** The query of the URL: the model of `/realtime`. */
  query: string
}

/**
 * Opens a WebSocket to DashScope: at the first target whose circuit breakers are closed, and at the next one only if
 * the upgrade fails for a reason that is not the caller's fault.
 */
export async function dial(context: SocketContext, { targets, model, query }: Wanted): Promise<Dialed> {
  const tried: Target[] = []
  let last: Dialed | undefined
  for (;;) {
    const nowMs = Date.now()
    const { target, isFresh } = nextTarget(targets, tried, (each) => openUntil(breakers, each, model, nowMs))
    if (last && !isFresh) return last
    noteAsked(breakers, target, model, nowMs, nowMs + UPGRADE_TIMEOUT_MS)
    last = await upgrade(context, target, query)
    if (last.kind === 'open') return last
    noteFault(context, { target, model }, last.failure)
    if (ruleOf(last.failure).retry === 'never') return last
    tried.push(target)
  }
}

async function upgrade({ endpoint, headers }: SocketContext, target: Target, query: string): Promise<Dialed> {
  const deadline = startDeadline(UPGRADE_TIMEOUT_MS)
  try {
    const response = await fetch(`${target.baseUrl}${endpoint.upstreamPath}${query}`, {
      headers: upgradeHeaders(headers, target.apiKey),
      signal: deadline.signal,
    })
    if (response.webSocket) return { kind: 'open', socket: response.webSocket, target }
    return { kind: 'refused', ...(await refusalOf(response, target.apiKey)) }
  } catch {
    return { kind: 'refused', error: UNREACHABLE, failure: { status: 0, code: 'unreachable', message: '' } }
  } finally {
    // An abort after the upgrade would close the socket.
    deadline.end()
  }
}

const UNREACHABLE: SocketError = {
  status: 502,
  code: 'InternalError.Upstream',
  message: 'DashScope could not be reached. Try again in a moment.',
}

/**
 * DashScope's error message, except for a refusal of the operator's key, which is not the caller's fault and must not
 * quote the key.
 */
async function refusalOf(
  response: Response,
  apiKey: string,
): Promise<{ error: SocketError; failure: Failure }> {
  const text = (await response.text().catch(() => '')).slice(0, MAX_REFUSAL_CHARACTERS)
  const failure = failureIn(response.status, [...response.headers], bytesOf(text), Date.now())
  if (response.status === 401) {
    const message = 'DashScope refused the key of this gateway. Ask its operator to check DASHSCOPE_API_KEY.'
    return { error: { status: 502, code: 'InternalError.Upstream', message }, failure }
  }
  const { status, code, message } = failure
  const error = {
    status,
    code: code || 'InternalError.Upstream',
    message: withoutCredentials(message, apiKey) || `DashScope refused the connection with status ${status}.`,
  }
  return { error, failure }
}
