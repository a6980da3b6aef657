import { CLOCK_TOLERANCE_SECONDS } from '../lib/calendar.ts'
import type { Budget, Frozen, Policy } from '../policy/key-record.ts'
import { NOT_A_GUESS, unauthenticated } from './credential.ts'
import { readSignedClaims, signClaims } from './signed.ts'
import type { TokenKeys } from './token-key.ts'

/** 96 random bits: no two tokens share an id, and with it a budget. */
export const TOKEN_ID_BYTES = 12

/** The prefix of session tokens, which distinguishes them from client keys for secret scanners and people. */
export const TOKEN_PREFIX = 'dst_'

/** Increment when the meaning of the claims changes; older tokens are then refused. */
const VERSION = 1

/** The key that a token was made from, and the part of its policy that the token may use. */
export type Grant = Policy & { id: string }

/** The claims of a session token. Its holder can read them: the token is signed, not encrypted. */
export interface Claims {
  v: typeof VERSION
  /** The origin of the gateway that issued it; other gateways refuse it. */
  iss: string
  id: string
  /** Seconds since 1970. */
  iat: number
  /** Seconds since 1970; the token is refused from then on. */
  exp: number
  user?: string
  key: Grant
  budget?: Budget
  frozen?: Frozen
}

/** Creates a token: `dst_` and the signed claims. */
export function signToken(claims: Omit<Claims, 'v'>, keys: TokenKeys): string {
  return signClaims(TOKEN_PREFIX, { v: VERSION, ...claims }, keys)
}

/**
 * Verifies and decodes a token of this deployment. The algorithm is fixed, not read from the token. {@link
 * assertTokenUsable} checks whether it may be used here and now.
 *
 * @throws GatewayError `unauthenticated` if it was forged, changed or truncated.
 */
export function readToken(token: string, keys: TokenKeys): Claims {
  const claims = readSignedClaims(TOKEN_PREFIX, token, keys)
  if (claims?.v !== VERSION) {
    throw unauthenticated(
      'The session token was not issued by this gateway, or was changed or cut short. Ask for a new one.',
    )
  }
  return claims as unknown as Claims
}

/**
 * Refuses a token of another gateway, or outside its lifetime.
 *
 * @param origins the origins of this gateway; see `ownOrigins`.
 * @throws GatewayError `unauthenticated` with the reason.
 */
export function assertTokenUsable(
  { iss, iat, exp }: Claims,
  origins: readonly string[],
  nowMs: number,
): void {
  if (!origins.includes(iss)) {
    throw unauthenticated(
      `The session token is for the gateway at ${iss}. Request one at the URL that you use it with, or ask the operator to list both URLs in PUBLIC_URLS.`,
    )
  }
  assertNotExpired(exp, nowMs)
  if (1000 * (iat - CLOCK_TOLERANCE_SECONDS) > nowMs) {
    throw unauthenticated('The session token is not valid yet (clock skew?). Ask for a new one.')
  }
}

/**
 * Refuses an expired token. Checked again after the body has arrived, since an upload may take long.
 *
 * @param exp seconds since 1970.
 * @throws GatewayError `unauthenticated`.
 */
export function assertNotExpired(exp: number, nowMs: number): void {
  if (nowMs < 1000 * exp) return
  throw unauthenticated(
    `The session token expired at ${new Date(1000 * exp).toISOString()}. Ask for a new one.`,
    { cause: NOT_A_GUESS },
  )
}
