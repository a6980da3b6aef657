import type { Env } from '../config.ts'
import { GatewayError } from '../errors.ts'
import { isSessionEnded } from '../keys/ended-sessions.ts'
import { readAddress } from '../lib/address.ts'
import { hasAssertion, requireAccess } from './access.ts'
import { readBearer, unauthenticated } from './credential.ts'
import { requireOperator } from './operator.ts'
import { readSignedClaims, signClaims } from './signed.ts'
import { withOperatorThrottle } from './throttle.ts'
import { assertNotExpired } from './token.ts'
import { deriveTokenKeys, type TokenKeys } from './token-key.ts'

/** The prefix of the operator's sessions. */
export const SESSION_PREFIX = 'dso_'

/** Long enough for a visit to the console, short enough that a stolen session soon expires. */
export const SESSION_SECONDS = 30 * 60

/** Increment when the meaning of the claims changes. */
const VERSION = 1

/** What a session allows: only reading, or everything that ADMIN_TOKEN allows. */
export type Scope = 'read' | 'all'

/** The claims of an operator's session. */
export interface SessionClaims {
  id: string
  /** The origin of the gateway that made it; it works only there. */
  iss: string
  /** Seconds since 1970. */
  exp: number
  scope: Scope
  /** The origin of the page that it was made for; `null` if it was made without a browser. */
  page: string | null
}

/** Makes a session that {@link authorizeOperator} accepts. */
export function signSession(claims: SessionClaims, keys: TokenKeys): string {
  return signClaims(SESSION_PREFIX, { v: VERSION, ...claims }, keys)
}

const keysOfEnv = new WeakMap<Env, TokenKeys>()

/**
 * The signing keys. Reads no other variables: an invalid value of another variable must not lock the operator out.
 */
export function sessionKeys(env: Env): TokenKeys {
  const known = keysOfEnv.get(env)
  if (known) return known
  const keys = deriveTokenKeys(env.ADMIN_TOKEN?.trim() ?? '', env.ADMIN_TOKEN_PREVIOUS?.trim() || undefined)
  keysOfEnv.set(env, keys)
  return keys
}

/**
 * Authorizes the operator: by ADMIN_TOKEN, by a session made from it, or by Cloudflare Access.
 *
 * @param isRead whether the request changes nothing; by default, whether its method is GET or HEAD.
 * @returns the claims of the session; `undefined` for ADMIN_TOKEN itself and for Access.
 * @throws GatewayError as {@link requireOperator} does, including for a session of another gateway or page, or
 *   outside its lifetime; `denied` if the session only reads.
 */
export async function authorizeOperator(
  request: Request,
  env: Env,
  nowMs: number,
  isRead: boolean = request.method === 'GET' || request.method === 'HEAD',
): Promise<SessionClaims | undefined> {
  const { headers } = request
  if (hasAssertion(request, env)) {
    await requireAccess(request, env, nowMs)
    return undefined
  }
  const adminToken = env.ADMIN_TOKEN?.trim() || undefined
  const token = readBearer(headers)
  if (adminToken === undefined || !token?.startsWith(SESSION_PREFIX)) {
    await requireOperator(headers, adminToken, env, nowMs)
    return undefined
  }
  const claims = await withOperatorThrottle(env.BRAKE, headers, nowMs, async (checkThrottle) => {
    const read = readSession(token, sessionKeys(env))
    if (read) return read
    checkThrottle()
    throw unauthenticated('The session was not made by this gateway, or was cut short. Sign in again.')
  })
  assertSessionUsable(claims, request, nowMs)
  if (await isSessionEnded(env, claims.id, nowMs)) {
    throw unauthenticated('The session was ended. Sign in again.')
  }
  if (claims.scope === 'read' && !isRead) {
    throw new GatewayError(
      'denied',
      'This session is read-only. Make one with the scope "all" to change things.',
    )
  }
  return claims
}

function readSession(token: string, keys: TokenKeys): SessionClaims | undefined {
  const claims = readSignedClaims(SESSION_PREFIX, token, keys)
  return claims?.v === VERSION ? (claims as unknown as SessionClaims) : undefined
}

function assertSessionUsable(
  { iss, exp, page }: SessionClaims,
  { headers, url }: Request,
  nowMs: number,
): void {
  const { origin } = readAddress(url)
  if (iss !== origin) {
    throw unauthenticated(`The session is for the gateway at ${iss}. Sign in at the URL that you use.`)
  }
  assertNotExpired(exp, nowMs)
  const from = headers.get('origin')
  if (from !== null && from !== page) {
    throw unauthenticated('The session was not made for pages of this origin. Sign in there.')
  }
}
