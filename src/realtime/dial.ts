import type { SocketEndpoint } from '../dashscope/socket-endpoints.ts'
import type { Target, Targets } from '../dashscope/targets.ts'
import type { HeaderMap } from '../lib/header-map.ts'
import { parseObject } from '../lib/json/object.ts'
import { maskCredentials } from '../lib/mask.ts'
import { upgradeHeaders } from './headers.ts'
import type { SocketError } from './refusal.ts'

/** DashScope responds to an upgrade within milliseconds; the Python SDK gives up after five seconds. */
const UPGRADE_TIMEOUT_MS = 10_000

/** DashScope's response to a refused upgrade is a small JSON object. */
const MAX_REFUSAL_CHARACTERS = 4096

/** The result of opening a connection to DashScope. */
export type Dialed =
  | { kind: 'open'; socket: WebSocket; target: Target }
  | { kind: 'refused'; error: SocketError; target: Target }

/**
 * Opens a WebSocket to DashScope: at the first target, and at the next one only if the upgrade fails for a reason
 * that is not the caller's fault.
 *
 * @param query the query of the URL: the model of `/realtime`.
 */
export async function dial(
  endpoint: SocketEndpoint,
  headers: HeaderMap,
  targets: Targets,
  query: string,
): Promise<Dialed> {
  let dialed = await upgrade(endpoint, headers, targets[0], query)
  for (const target of targets.slice(1)) {
    if (dialed.kind === 'open' || (dialed.error.status < 500 && dialed.error.status !== 429)) break
    dialed = await upgrade(endpoint, headers, target, query)
  }
  return dialed
}

async function upgrade(
  { upstreamPath }: SocketEndpoint,
  headers: HeaderMap,
  target: Target,
  query: string,
): Promise<Dialed> {
  try {
    const response = await fetch(`${target.baseUrl}${upstreamPath}${query}`, {
      headers: upgradeHeaders(headers, target.apiKey),
      signal: AbortSignal.timeout(UPGRADE_TIMEOUT_MS),
    })
    if (response.webSocket) return { kind: 'open', socket: response.webSocket, target }
    return { kind: 'refused', error: await refusalOf(response), target }
  } catch {
    return { kind: 'refused', error: UNREACHABLE, target }
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
async function refusalOf(response: Response): Promise<SocketError> {
  const { status } = response
  const text = (await response.text().catch(() => '')).slice(0, MAX_REFUSAL_CHARACTERS)
  if (status === 401) {
    const message = 'DashScope refused the key of this gateway. Ask its operator to check DASHSCOPE_API_KEY.'
    return { status: 502, code: 'InternalError.Upstream', message }
  }
  const said = parseObject(text) ?? {}
  return {
    status,
    code: typeof said.code === 'string' ? said.code : 'InternalError.Upstream',
    message:
      typeof said.message === 'string'
        ? maskCredentials(said.message)
        : `DashScope refused the connection with status ${status}.`,
  }
}
