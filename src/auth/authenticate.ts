import { CLIENT_KEY_PREFIX, isWellFormed } from '../keys/client-key.ts'
import { findKey, recallKey } from '../keys/store.ts'
import type { HeaderMap } from '../lib/header-map.ts'
import type { KeyRecord, Principal } from '../policy/key-record.ts'
import { NO_GUESS, noCredential, readCredential, unauthenticated } from './credential.ts'
import { authenticateToken, type TokenPlace } from './session.ts'
import { TOKEN_PREFIX } from './token.ts'

/** What DashScope's own keys begin with (API key page). */
const DASHSCOPE_KEY_PREFIX = 'sk-'

/** Where no session token is good. */
const NO_TOKENS: TokenPlace = { keys: undefined, origin: '' }

/**
 * Who sends a request with these headers: the holder of a client key, or of a session token made from one.
 *
 * @param kv the namespace KEYS.
 * @param place what session tokens are checked against; without it they are refused.
 * @param beforeLookup may throw before a credential that is not remembered is looked up.
 * @returns the caller, whose key exists and has not expired; what it may do is for the policy to say.
 * @throws GatewayError `unauthenticated` (401, with a challenge) when the key is missing, mistyped, unknown, revoked or
 *   expired; `unavailable` (503) when the keys cannot be read.
 */
export async function authenticate(
  headers: HeaderMap,
  kv: KVNamespace,
  nowMs: number,
  place: TokenPlace = NO_TOKENS,
  beforeLookup: () => void = () => undefined,
): Promise<Principal> {
  const credential = readCredential(headers)
  if (!credential) {
    throw noCredential(
      headers,
      'The request carries no client key in its headers. Send it as "Authorization: Bearer <key>", or in x-api-key or X-DashScope-ApiKey; never in the address.',
    )
  }
  if (credential.startsWith(DASHSCOPE_KEY_PREFIX)) {
    throw unauthenticated(
      'This is a key of DashScope or another provider. Send a client key of this gateway; it begins with dse_.',
    )
  }
  if (credential.startsWith(TOKEN_PREFIX)) return authenticateToken(credential, place, kv, nowMs)
  const recalled = recallKey(kv, credential, nowMs)
  if (!recalled && !credential.startsWith(CLIENT_KEY_PREFIX)) {
    throw unauthenticated('This is no client key of this gateway. Send one; it begins with dse_.')
  }
  if (!recalled && !isWellFormed(credential)) {
    throw unauthenticated(
      'The client key is mistyped or cut short: its checksum does not fit. Copy it again.',
    )
  }
  const key = recalled ?? (await findKey(kv, credential, nowMs, beforeLookup))
  if (!key) {
    throw unauthenticated(
      'The client key is unknown or was revoked. Ask the operator of the gateway for a new one.',
    )
  }
  if (isExpired(key, nowMs)) {
    throw unauthenticated(
      `The client key expired at ${key.expires_at}. Ask the operator of the gateway for a new one.`,
      NO_GUESS,
    )
  }
  return { key }
}

/** Whether a key's time is over; a time that cannot be read is. */
export function isExpired({ expires_at }: KeyRecord, nowMs: number): boolean {
  return expires_at !== undefined && !(nowMs < Date.parse(expires_at))
}
