import type { Env } from '../config.ts'
import { CLIENT_KEY_PREFIX, isWellFormed } from '../keys/client-key.ts'
import { findKey, recallKey } from '../keys/store.ts'
import type { HeaderMap } from '../lib/header-map.ts'
import { requireAllowedIp } from '../policy/ip.ts'
import type { KeyRecord, Principal } from '../policy/key-record.ts'
import {
  NOT_A_GUESS,
  noCredential,
  readCredential,
  requireBareCredential,
  unauthenticated,
} from './credential.ts'
import { authenticateToken, type TokenPlace } from './session.ts'
import { withAuthThrottle } from './throttle.ts'
import { TOKEN_PREFIX } from './token.ts'

/** The prefix of DashScope's own keys (API key page). */
const DASHSCOPE_KEY_PREFIX = 'sk-'

/** For callers that do not accept session tokens. */
const NO_TOKENS: TokenPlace = { keys: undefined, origins: [] }

type AuthBindings = Pick<Env, 'KEYS' | 'BRAKE'>

/**
 * Authenticates the sender of a request: a caller with a client key, or with a session token made from one. Failed
 * attempts count against the caller's IP address. The origin is checked later, with the CORS headers.
 *
 * @param place the keys and origins that session tokens are checked against; without it they are refused.
 * @returns the caller; its key exists, has not expired and may be used from this IP address.
 * @throws GatewayError `unauthenticated` (401, with a challenge) if the credential is missing, mistyped, unknown,
 *   revoked, disabled or expired; `denied` for a foreign IP address; `rateLimited` with `Retry-After` for an IP
 *   address with too many failed attempts; `unavailable` (503) if the keys cannot be read.
 */
export async function authenticate(
  headers: HeaderMap,
  env: AuthBindings,
  nowMs: number,
  place: TokenPlace = NO_TOKENS,
): Promise<Principal> {
  const principal = await withAuthThrottle(env.BRAKE, headers, nowMs, async (checkThrottle) => {
    const credential = requireCredential(headers)
    if (credential.startsWith(TOKEN_PREFIX)) return authenticateToken(credential, place, env.KEYS, nowMs)
    const record = await findUsableKey(credential, env.KEYS, nowMs, checkThrottle)
    return { keyId: record.id, policy: record }
  })
  requireAllowedIp(principal.policy.ip_ranges, headers)
  return principal
}

/**
 * The record of the client key that a request carries, checked as {@link authenticate} does; session tokens are refused.
 *
 * @throws GatewayError as {@link authenticate} does.
 */
export async function authenticateKey(
  headers: HeaderMap,
  env: AuthBindings,
  nowMs: number,
): Promise<KeyRecord> {
  const record = await withAuthThrottle(env.BRAKE, headers, nowMs, (checkThrottle) =>
    findUsableKey(requireCredential(headers), env.KEYS, nowMs, checkThrottle),
  )
  requireAllowedIp(record.ip_ranges, headers)
  return record
}

/** Whether a key has expired; an invalid time counts as past. */
export function isExpired({ expires_at }: KeyRecord, nowMs: number): boolean {
  return expires_at !== undefined && !(nowMs < Date.parse(expires_at))
}

function requireCredential(headers: HeaderMap): string {
  const credential = readCredential(headers)
  if (credential) return credential
  throw noCredential(
    headers,
    'The request has no client key in its headers. Send it as "Authorization: Bearer <key>", or in x-api-key or X-DashScope-ApiKey; never in the URL.',
  )
}

/** Checks the format first, so that a mistyped key costs no read. */
async function findUsableKey(
  credential: string,
  kv: KVNamespace,
  nowMs: number,
  checkThrottle: () => void,
): Promise<KeyRecord> {
  const recalled = recallKey(kv, credential, nowMs)
  if (!recalled) requireKeyForm(credential)
  const record = recalled ?? (await findKey(kv, credential, nowMs, checkThrottle))
  if (!record) {
    throw unauthenticated(
      'The client key is unknown or was revoked. Ask the operator of the gateway for a new one.',
    )
  }
  requireUsable(record, nowMs)
  return record
}

/**
 * Refuses a key that has expired or is disabled.
 *
 * @throws GatewayError `unauthenticated`.
 */
export function requireUsable(record: KeyRecord, nowMs: number): void {
  if (isExpired(record, nowMs)) {
    throw unauthenticated(
      `The client key expired at ${record.expires_at}. Ask the operator of the gateway for a new one.`,
      { cause: NOT_A_GUESS, rule: 'expires_at' },
    )
  }
  if (record.disabled) {
    throw unauthenticated('The client key is disabled. Ask the operator of the gateway to enable it again.', {
      cause: NOT_A_GUESS,
      rule: 'disabled',
    })
  }
}

function requireKeyForm(credential: string): void {
  requireBareCredential(credential)
  if (credential.startsWith(DASHSCOPE_KEY_PREFIX)) {
    throw unauthenticated(
      'This is a key of DashScope or another provider. Send a client key of this gateway; it begins with dse_.',
    )
  }
  if (!credential.startsWith(CLIENT_KEY_PREFIX)) {
    throw unauthenticated('This is not a client key of this gateway. Send one; it begins with dse_.')
  }
  if (!isWellFormed(credential)) {
    throw unauthenticated(
      'The client key is mistyped or cut short: its checksum does not match. Copy it again.',
    )
  }
}
