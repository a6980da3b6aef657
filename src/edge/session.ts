import * as z from 'zod/mini'
import { hasAssertion, requireAccess } from '../auth/access.ts'
import { requireOperator } from '../auth/operator.ts'
import {
  authorizeOperator,
  type Scope,
  SESSION_SECONDS,
  sessionKeys,
  signSession,
} from '../auth/operator-session.ts'
import { TOKEN_ID_BYTES } from '../auth/token.ts'
import { GatewayError } from '../errors.ts'
import { endSession } from '../keys/ended-sessions.ts'
import { readAddress } from '../lib/address.ts'
import { once } from '../lib/once.ts'
import { randomHex } from '../lib/random.ts'
import { closedObject } from '../lib/schema/closed-object.ts'
import { refuseForeignOrigin } from '../policy/origins.ts'
import type { EdgeContext } from '../proxy/exchange.ts'
import { readOptionalJsonBody } from './json-body.ts'

const MAX_SESSION_BODY_BYTES = 1024

/** The body that creates a session. */
export const sessionBody = once(() =>
  z.exactPartial(closedObject({ scope: z.enum(['read', 'all'], 'read or all') })),
)

/** The response with a new session. */
export interface NewSession {
  token: string
  /** ISO 8601. */
  expires_at: string
  /** Seconds. */
  expires_in: number
  scope: Scope
}

/**
 * `POST /session`: exchanges ADMIN_TOKEN for a session of half an hour, so that a page need not store the token. Only
 * ADMIN_TOKEN and Cloudflare Access can create a session; a session cannot widen or renew itself.
 */
export async function createSession(c: EdgeContext): Promise<Response> {
  const { env, req } = c
  refuseOtherPages(req.raw)
  const nowMs = Date.now()
  if (hasAssertion(req.raw, env)) await requireAccess(req.raw, env, nowMs)
  else await requireOperator(req.raw.headers, env.ADMIN_TOKEN?.trim(), env, nowMs)
  if (!env.ADMIN_TOKEN) {
    throw new GatewayError('denied', 'Sessions are signed with ADMIN_TOKEN, which is not set.')
  }
  const { scope = 'read' } = await readOptionalJsonBody(req.raw, sessionBody(), MAX_SESSION_BODY_BYTES)
  const exp = Math.floor(nowMs / 1000) + SESSION_SECONDS
  const claims = {
    id: `ses_${randomHex(TOKEN_ID_BYTES)}`,
    iss: readAddress(req.url).origin,
    exp,
    scope,
    page: req.raw.headers.get('origin'),
  }
  const made: NewSession = {
    token: signSession(claims, sessionKeys(env)),
    expires_at: new Date(1000 * exp).toISOString(),
    expires_in: SESSION_SECONDS,
    scope,
  }
  return c.json(made, 201)
}

/** `DELETE /session`: ends the session in the request. */
export async function deleteSession(c: EdgeContext): Promise<Response> {
  refuseOtherPages(c.req.raw)
  const nowMs = Date.now()
  const claims = await authorizeOperator(c.req.raw, c.env, nowMs, true)
  if (!claims) {
    throw new GatewayError('invalid', 'ADMIN_TOKEN is not a session. Send the session to end.')
  }
  await endSession(c.env, claims.id, claims.exp, nowMs)
  return c.body(null, 204)
}

function refuseOtherPages({ headers, url }: Request): void {
  refuseForeignOrigin(headers.get('origin'), [readAddress(url).origin])
}
