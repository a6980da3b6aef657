import { hasAssertion } from '../auth/access.ts'
import { authenticate } from '../auth/authenticate.ts'
import { noCredential, readCredential } from '../auth/credential.ts'
import { authorizeOperator } from '../auth/operator-session.ts'
import { tokenPlaceAt } from '../auth/session.ts'
import { TOKEN_PREFIX } from '../auth/token.ts'
import { type Env, readConfig } from '../config.ts'
import { CLIENT_KEY_PREFIX } from '../keys/client-key.ts'
import { readAddress } from '../lib/address.ts'
import type { Principal } from '../policy/key-record.ts'
import { originsOfKey, refuseForeignOrigin } from '../policy/origins.ts'

/** The caller of an address that clients and the operator share. */
export type EdgeCaller = { kind: 'operator' } | { kind: 'client'; principal: Principal }

/**
 * Authenticates the operator, by ADMIN_TOKEN or a session, or a caller with a client key or session token.
 *
 * @param options.acceptsTokens whether session tokens of pages are accepted.
 * @param options.isRead whether the request changes nothing, so that a read-only session may send it.
 * @throws GatewayError as `authenticate` and `authorizeOperator` do; `denied` for a page of a foreign origin.
 */
export async function identifyEdgeCaller(
  request: Request,
  env: Env,
  nowMs: number,
  { acceptsTokens = false, isRead }: { acceptsTokens?: boolean; isRead?: boolean } = {},
): Promise<EdgeCaller> {
  const { headers, url } = request
  const credential = readCredential(headers)
  if (credential === undefined && hasAssertion(request, env)) {
    await authorizeOperator(request, env, nowMs, isRead)
    return { kind: 'operator' }
  }
  if (credential === undefined) {
    throw noCredential(
      headers,
      'The request has neither a client key nor the admin token. Send one of them as "Authorization: Bearer <key or token>".',
    )
  }
  const isClient =
    credential.startsWith(CLIENT_KEY_PREFIX) || (acceptsTokens && credential.startsWith(TOKEN_PREFIX))
  if (!isClient) {
    await authorizeOperator(request, env, nowMs, isRead)
    return { kind: 'operator' }
  }
  const config = readConfig(env)
  const { origin } = readAddress(url)
  const principal = await authenticate(headers, env, nowMs, tokenPlaceAt(origin, config))
  refuseForeignOrigin(
    headers.get('origin'),
    originsOfKey(principal.policy.origins, config.allowedOrigins, origin),
  )
  return { kind: 'client', principal }
}
