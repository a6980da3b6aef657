import { compactVerify } from 'jose'
import { GatewayError } from '../errors.ts'
import { fromBase64url, jsonFromBase64url } from '../lib/base64url.ts'
import { CLOCK_TOLERANCE_SECONDS } from '../lib/calendar.ts'
import type { Issuer, JwtAlgorithm } from '../policy/issuers.ts'
import { MAX_USER_CHARACTERS } from '../policy/key-record.ts'
import { findPublicKey } from './jwks.ts'

/** A decoded JWT whose signature is not verified yet. */
interface Jwt {
  header: Record<string, unknown>
  claims: Record<string, unknown>
}

/** A JWT whose issuer, audience and times are valid; its signature is not verified yet. */
export interface ClaimedJwt {
  text: string
  issuer: Issuer
  algorithm: JwtAlgorithm
  kid: string | undefined
  claims: Record<string, unknown>
}

/**
 * Verifies a JWT of one of these issuers (RFC 7519, following RFC 8725) and returns its end user.
 *
 * @returns `{issuer's name}:{sub}`.
 * @throws GatewayError `denied` with the reason, `unavailable` if the issuer's keys cannot be fetched.
 */
export async function verifyJwt(text: string, issuers: readonly Issuer[], nowMs: number): Promise<string> {
  const claimed = readClaims(text, issuers, nowMs)
  const user = userOf(claimed)
  await verifySignature(claimed, nowMs)
  return user
}

/**
 * Checks issuer, audience and times of a JWT. Fetches nothing.
 *
 * @throws GatewayError `denied` with the reason.
 */
export function readClaims(text: string, issuers: readonly Issuer[], nowMs: number): ClaimedJwt {
  return { text, ...checkClaims(decode(text), issuers, nowMs) }
}

/**
 * Verifies the signature of the issuer.
 *
 * @throws GatewayError `denied` with the reason, `unavailable` if the issuer's keys cannot be fetched.
 */
export async function verifySignature(
  { text, issuer, algorithm, kid }: ClaimedJwt,
  nowMs: number,
): Promise<void> {
  const key = await findPublicKey(issuer.jwks, algorithm, kid, nowMs)
  if (!key) throw denied('its issuer has no such key')
  await compactVerify(text, key, { algorithms: [algorithm] }).catch((cause) => {
    throw denied('its signature is wrong', cause)
  })
}

/** Compact serialization only (RFC 7515 section 7.1). */
function decode(text: string): Jwt {
  const [head = '', body = '', tail = '', ...more] = text.split('.')
  const header = jsonFromBase64url(head)
  const claims = jsonFromBase64url(body)
  if (!header || !claims || !fromBase64url(tail) || more.length > 0) throw denied('it is not a signed JWT')
  return { header, claims }
}

/**
 * The issuer's configuration lists the allowed algorithms, and the JWT chooses among them; never the other way round.
 */
function checkClaims(
  { header, claims }: Jwt,
  issuers: readonly Issuer[],
  nowMs: number,
): Omit<ClaimedJwt, 'text'> {
  const named = issuers.filter((candidate) => candidate.issuer === claims.iss)
  if (named.length === 0) throw denied('the key does not trust its issuer')
  // A login service has one audience per application, and each application is a separate entry in the list of
  // issuers.
  const issuer = named.find(({ audience }) => [claims.aud].flat().includes(audience))
  if (!issuer) throw denied('it is for another audience')
  const algorithm = issuer.algorithms.find((candidate) => candidate === header.alg)
  if (!algorithm) throw denied(`its algorithm is not one of ${issuer.algorithms.join(', ')}`)
  if (header.crit !== undefined) throw denied('it requires extensions that are not supported')
  const { kid } = header
  if (kid !== undefined && typeof kid !== 'string') throw denied('kid must be a string')
  checkTimes(claims, nowMs / 1000)
  return { issuer, algorithm, kid, claims }
}

/** The end user: issuer name and subject. */
function userOf({ issuer, claims: { sub } }: ClaimedJwt): string {
  if (typeof sub !== 'string' || sub === '') throw denied('it has no subject')
  const user = `${issuer.name}:${sub}`
  if (user.length > MAX_USER_CHARACTERS) throw denied('its subject is too long')
  return user
}

/** RFC 7519 sections 4.1.4 to 4.1.6; a JWT without an expiry would be valid for ever. */
function checkTimes({ exp, nbf, iat }: Record<string, unknown>, now: number): void {
  if (typeof exp !== 'number') throw denied('it names no time at which it expires')
  if (!(now < exp + CLOCK_TOLERANCE_SECONDS)) throw denied('it has expired')
  for (const start of [nbf, iat]) {
    if (start === undefined) continue
    if (typeof start !== 'number' || !(start - CLOCK_TOLERANCE_SECONDS <= now)) {
      throw denied('it is not valid yet')
    }
  }
}

function denied(reason: string, cause?: unknown): GatewayError {
  return new GatewayError('denied', `The JWT was not accepted: ${reason}.`, { param: 'jwt', cause })
}
