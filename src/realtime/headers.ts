import type { HeaderMap } from '../lib/header-map.ts'

/** The headers with which a caller chooses a workspace. */
const WORKSPACES = ['x-dashscope-workspace', 'x-dashscope-workspaceid']

/**
 * Headers of an upgrade that are forwarded to DashScope; origin, cookies, extensions and subprotocols are dropped
 * (promise P2).
 */
const UP: ReadonlySet<string> = new Set([
  'user-agent',
  ...WORKSPACES,
  'x-dashscope-datainspection',
  'x-dashscope-sdk-client',
  'x-dashscope-sdk-session-id',
])

/** Whether the headers of an upgrade choose a workspace. */
export function headersNameWorkspace(headers: HeaderMap): boolean {
  return WORKSPACES.some((name) => Boolean(headers.get(name)))
}

/** The headers of the upgrade request to DashScope. */
export function upgradeHeaders(from: HeaderMap, apiKey: string): Record<string, string> {
  const kept = [...from].filter(([name]) => UP.has(name))
  return { ...Object.fromEntries(kept), authorization: `Bearer ${apiKey}`, upgrade: 'websocket' }
}
