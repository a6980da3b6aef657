import { ask } from '../gateway/ask.ts'
import type { Me } from '../gateway/shapes.ts'
import { clientKey, endedBecause, gateway, me, type OperatorSession, operator } from './credentials.ts'
import { hashOf, replaceRoute, route } from './route.ts'

/**
 * Takes the credentials from a link, `#/play?key=dse_…` or `#/overview?session=dso_…`, and removes them from the URL
 * at once. A fragment never leaves the browser, but the address bar may be seen and copied.
 */
export function takeCredentials(): void {
  const { path, query } = route.peek()
  const key = query.get('key')?.startsWith('ds') ? query.get('key') : null
  const session = query.get('session')
  if (key === null && session === null) {
    const known = clientKey.peek() ?? operator.peek()?.token
    if (known !== undefined && gateway.peek() === undefined) void learn(known)
    return
  }
  const rest = new URLSearchParams(query)
  rest.delete('session')
  if (key !== null) rest.delete('key')
  replaceRoute(hashOf(path, rest))
  if (session !== null) {
    operator.value = sessionIn(session)
    if (key === null) void learn(session)
  }
  if (key !== null) {
    clientKey.value = key
    void learn(key)
  }
}

/** The expiry and scope are part of the session token; the gateway checks both. */
function sessionIn(token: string): OperatorSession {
  const [, payload = ''] = /^dso_([\w-]+)/.exec(token) ?? []
  try {
    const claims = JSON.parse(atob(payload.replaceAll('-', '+').replaceAll('_', '/'))) as {
      exp: number
      scope: string
    }
    return { token, expiresAtMs: claims.exp * 1000, scope: claims.scope === 'all' ? 'all' : 'read' }
  } catch {
    return { token, expiresAtMs: 0, scope: 'read' }
  }
}

/** Reads the permissions of a credential and the facts about the gateway. */
async function learn(credential: string): Promise<void> {
  try {
    take(await ask<Me>('/edge/me', { credential }))
  } catch {
    // The page that uses the credential shows the error.
    gateway.value ??= {}
  }
}

function take(response: Me): void {
  gateway.value = response
  if (response.kind !== 'operator') me.value = response
}

/**
 * Signs in with a client key or session token.
 *
 * @throws GatewayFailure with the gateway's own sentence.
 */
export async function signInWithKey(key: string): Promise<void> {
  take(await ask<Me>('/edge/me', { credential: key }))
  clientKey.value = key
  endedBecause.value = undefined
}

/**
 * Exchanges ADMIN_TOKEN for a session of 30 minutes. The token itself is not stored.
 *
 * @param adminToken empty if Cloudflare Access has signed the operator in.
 * @throws GatewayFailure with the gateway's own sentence.
 */
export async function signInAsOperator(adminToken: string, scope: 'read' | 'all'): Promise<void> {
  const { token, expires_at } = await ask<{ token: string; expires_at: string }>('/edge/session', {
    method: 'POST',
    body: { scope },
    credential: adminToken,
  })
  operator.value = { token, expiresAtMs: Date.parse(expires_at), scope }
  if (gateway.peek() === undefined) void learn(token)
  endedBecause.value = undefined
}
