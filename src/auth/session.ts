import type { Config } from '../config.ts'
import { stateOfKey } from '../keys/revocations.ts'
import { setBounded } from '../lib/bounded-map.ts'
import type { Principal, SessionToken } from '../policy/key-record.ts'
import { NOT_A_GUESS, unauthenticated } from './credential.ts'
import { assertTokenUsable, type Claims, readToken } from './token.ts'
import { type TokenKeys, tokenKeys } from './token-key.ts'

/** Verified session tokens that an isolate remembers; about 2 kB each. */
export const TOKEN_MEMORY_ENTRIES = 2000

/** The keys and origins that a session token is checked against. */
export interface TokenPlace {
  /** The deployment's keys; `undefined` without an admin token. */
  keys: TokenKeys | undefined
  /** The origins of this gateway at which a token may have been issued. */
  origins: readonly string[]
}

/** Tokens with a verified signature, by the keys that verified them. */
const verified = new WeakMap<TokenKeys, Map<string, Claims>>()

/**
 * The keys and origins that a session token is checked against when the gateway is called at an origin.
 *
 * @param origin the origin of the gateway in the request.
 */
export function tokenPlaceAt(origin: string, config: Config): TokenPlace {
  return { keys: tokenKeys(config), origins: ownOrigins(origin, config.publicUrls) }
}

/**
 * The gateway's own origins. Those of PUBLIC_URLS accept each other's tokens; any other origin, such as that of a
 * preview deployment, accepts only its own.
 */
export function ownOrigins(origin: string, publicUrls: readonly string[]): readonly string[] {
  return publicUrls.includes(origin) ? publicUrls : [origin]
}

/**
 * Authenticates a caller by its session token. Storage is read only for the state of the key; a token seen before
 * costs one lookup in memory.
 *
 * @throws GatewayError `unauthenticated` if the token is not valid here and now or its key was revoked or disabled,
 *   `unavailable` if the state of the key cannot be read.
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

/** The principal described by a token's claims. */
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
