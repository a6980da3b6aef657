import { Hono } from 'hono/tiny'
import * as z from 'zod/mini'
import { requireOperator } from '../auth/operator.ts'
import {
  authorizeOperator,
  type Scope,
  SESSION_SECONDS,
  sessionKeys,
  signSession,
} from '../auth/operator-session.ts'
import { TOKEN_ID_BYTES } from '../auth/token.ts'
import type { Env } from '../config.ts'
import { GatewayError } from '../errors.ts'
import { endSession } from '../keys/ended-sessions.ts'
import { randomHex } from '../lib/random.ts'
import { closedObject } from '../lib/schema/closed-object.ts'
import { refuseForeignOrigin } from '../policy/origins.ts'
import { readOptionalJsonBody } from './json-body.ts'
import { wrongMethod } from './method-not-allowed.ts'

const MAX_SESSION_BODY_BYTES = 1024

/** The body that makes a session. */
export const sessionBody = z.exactPartial(closedObject({ scope: z.enum(['read', 'all'], 'read or all') }))

/** The answer to a new session. */
export interface NewSession {
  token: string
  /** ISO 8601. */
  expires_at: string
  /** Seconds. */
  expires_in: number
  scope: Scope
}

/**
 * `POST` and `DELETE /session`, mounted at `/edge`: the operator exchanges ADMIN_TOKEN for half an hour, so that a page
 * need not keep it. Only ADMIN_TOKEN makes a session; a session never widens or renews itself.
 */
export const session = new Hono<{ Bindings: Env }>()

session.use('/session', async (context, next) => {
  const { headers, url } = context.req.raw
  refuseForeignOrigin(headers.get('origin'), [new URL(url).origin])
  await next()
  context.header('cache-control', 'no-store')
})

session.post('/session', async (context) => {
  const { env, req } = context
  const nowMs = Date.now()
  await requireOperator(req.raw.headers, env.ADMIN_TOKEN?.trim(), env, nowMs)
  const { scope = 'read' } = await readOptionalJsonBody(req.raw, sessionBody, MAX_SESSION_BODY_BYTES)
  const exp = Math.floor(nowMs / 1000) + SESSION_SECONDS
  const claims = {
    id: `ses_${randomHex(TOKEN_ID_BYTES)}`,
    iss: new URL(req.url).origin,
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
  return context.json(made, 201)
})

session.delete('/session', async (context) => {
  const nowMs = Date.now()
  const claims = await authorizeOperator(context.req.raw, context.env, nowMs, true)
  if (!claims) {
    throw new GatewayError('invalid', 'ADMIN_TOKEN is no session. Send the session that is to end.')
  }
  await endSession(context.env.KEYS, claims.id, claims.exp, nowMs)
  return context.body(null, 204)
})

session.all('/session', wrongMethod('POST, DELETE'))
