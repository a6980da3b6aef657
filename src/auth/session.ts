import { isKeyRevoked } from '../keys/revocations.ts'
import { setBounded } from '../lib/bounded-map.ts'
import type { Principal, SessionToken } from '../policy/key-record.ts'
import { unauthenticated } from './credential.ts'
import { type Claims, readToken, refuseMisplaced } from './token.ts'
import type { TokenKeys } from './token-key.ts'

/** Session tokens an isolate remembers as verified; about 2 kB each. */
export const TOKEN_MEMORY_ENTRIES = 2000

/** Where a session token is used: the deployment's keys, `undefined` without an admin token, and the address called. */
export interface TokenPlace {
  keys: TokenKeys | undefined
  origin: string
}

/** Tokens whose signature was found good, by the keys it was checked with. */
const verified = new WeakMap<TokenKeys, Map<string, Claims>>()

/**
 * Who comes with a session token. It reads no storage but whether its key was revoked; a token that was seen before costs
 * one look-up.
 *
 * @returns the caller; its key is the part of the parent key that the token may use.
 * @throws GatewayError `unauthenticated` when the token is not good here and now or its key was revoked, `unavailable`
 *   when that cannot be known.
 */
export async function authenticateToken(
  token: string,
  place: TokenPlace,
  kv: KVNamespace,
  nowMs: number,
): Promise<Principal> {
  if (!place.keys) {
    throw unauthenticated('This gateway issues no session tokens: its ADMIN_TOKEN is not set.')
  }
  const claims = recallOrRead(token, place.keys)
  refuseMisplaced(claims, place.origin, nowMs)
  if (await isKeyRevoked(kv, claims.key.id, nowMs)) {
    throw unauthenticated('The key that the session token was made from was revoked. Ask for a new token.')
  }
  return principalOf(claims)
}

/** The caller that a token's claims describe. */
export function principalOf({ id, iat, exp, user, key, budget, frozen }: Claims): Principal {
  const token: SessionToken = { id, expires: exp, ...(budget && { budget }), ...(frozen && { frozen }) }
  return {
    key: { ...key, name: id, created_at: new Date(1000 * iat).toISOString() },
    token,
    ...(user !== undefined && { user }),
  }
}

function recallOrRead(token: string, keys: TokenKeys): Claims {
  const memory = verified.get(keys) ?? new Map<string, Claims>()
  const recalled = memory.get(token)
  if (recalled) return recalled
  const claims = readToken(token, keys)
  setBounded(memory, token, claims, TOKEN_MEMORY_ENTRIES)
  verified.set(keys, memory)
  return claims
}
