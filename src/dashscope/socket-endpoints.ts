/** DashScope's two WebSocket APIs. */
export type Protocol = 'inference' | 'realtime'

/** A WebSocket API: its path at DashScope, and its paths at the gateway. */
export interface SocketEndpoint {
  name: Protocol
  /** The path at DashScope. */
  upstreamPath: string
  paths: readonly string[]
}

/** One row per API. OpenAI's SDKs append `/realtime` to the base URL that they use for chat. */
export const SOCKET_ENDPOINTS: readonly SocketEndpoint[] = [
  {
    name: 'inference',
    upstreamPath: '/api-ws/v1/inference',
    paths: ['/api-ws/v1/inference', '/api-ws/v1/inference/'],
  },
  {
    name: 'realtime',
    upstreamPath: '/api-ws/v1/realtime',
    paths: ['/api-ws/v1/realtime', '/api-ws/v1/realtime/', '/compatible-mode/v1/realtime'],
  },
]

/** The WebSocket API at a path; undefined for any other path. */
export function socketEndpointAt(path: string): SocketEndpoint | undefined {
  return SOCKET_ENDPOINTS.find(({ paths }) => paths.includes(path))
}
