import type { Config } from '../config.ts'
import { stateOfKey } from '../keys/revocations.ts'
import { setBounded } from '../lib/bounded-map.ts'
import type { Principal, SessionToken } from '../policy/key-record.ts'
import { NOT_A_GUESS, unauthenticated } from './credential.ts'
import { assertTokenUsable, type Claims, readToken } from './token.ts'
import { type TokenKeys, tokenKeys } from './token-key.ts'

/** Session tokens that an isolate remembers as verified; about 2 kB each. */
export const TOKEN_MEMORY_ENTRIES = 2000

/** What a session token is checked against. */
export interface TokenPlace {
  /** The deployment's keys; `undefined` without an admin token. */
  keys: TokenKeys | undefined
  /** The origins of this gateway at which a token may have been issued. */
  origins: readonly string[]
}

/** Tokens whose signature was verified, by the keys it was verified with. */
const verified = new WeakMap<TokenKeys, Map<string, Claims>>()

/**
 * What a session token is checked against when the gateway is called at an origin.
 *
 * @param origin as the caller reached the gateway.
 */
export function tokenPlaceAt(origin: string, config: Config): TokenPlace {
  return { keys: tokenKeys(config), origins: ownOrigins(origin, config.publicUrls) }
}

/**
 * The origins that belong to this gateway. Those of PUBLIC_URLS trust each other; any other name that leads here, such
 * as that of a preview deployment, stands for itself.
 */
export function ownOrigins(origin: string, publicUrls: readonly string[]): readonly string[] {
  return publicUrls.includes(origin) ? publicUrls : [origin]
}

/**
 * The caller with a session token. Only whether its key was revoked is read from storage; a token that was seen before
 * costs one lookup in memory.
 *
 * @throws GatewayError `unauthenticated` if the token is not valid here and now or its key was revoked, `unavailable` if
 *   that cannot be known.
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
  assertTokenUsable(claims, place.origins, nowMs)
  const state = await stateOfKey(kv, claims.key.id, nowMs)
  if (state === 'revoked') {
    throw unauthenticated('The key that the session token was made from was revoked. Ask for a new token.')
  }
  if (state === 'disabled') {
    throw unauthenticated(
      'The key that the session token was made from is disabled. Ask the operator to enable it again.',
      { cause: NOT_A_GUESS },
    )
  }
  return principalOf(claims)
}

/** The caller that a token's claims describe. */
export function principalOf({ id, exp, user, key, budget, frozen }: Claims): Principal {
  const token: SessionToken = { id, expires: exp, ...(budget && { budget }), ...(frozen && { frozen }) }
  const { id: keyId, ...policy } = key
  return { keyId, policy, token, ...(user !== undefined && { user }) }
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
