import { GatewayError } from '../errors.ts'
import { fromBase64url, jsonFromBase64url } from '../lib/base64url.ts'
import { CLOCK_TOLERANCE_SECONDS } from '../lib/calendar.ts'
import type { Issuer, JwtAlgorithm } from '../policy/issuers.ts'
import { MAX_USER_CHARACTERS } from '../policy/schema/mint.ts'
import { findPublicKey, verifySignature } from './jwks.ts'

/** A JWT taken apart; nothing of it is to be believed yet. */
interface Jwt {
  header: Record<string, unknown>
  claims: Record<string, unknown>
  /** What was signed. */
  signed: string
  signature: Uint8Array<ArrayBuffer>
}

/** What a JWT claims that is worth verifying: the rest fits the issuer and the time. */
interface Claimed {
  issuer: Issuer
  algorithm: JwtAlgorithm
  kid: string | undefined
  /** The end user: the issuer's name and the subject. */
  user: string
}

/**
 * The end user that a JWT of one of these issuers names (RFC 7519, with the advice of RFC 8725).
 *
 * @returns `{issuer's name}:{sub}`.
 * @throws GatewayError `denied` with the reason, `unavailable` when the issuer's keys cannot be fetched.
 */
export async function verifyJwt(text: string, issuers: readonly Issuer[], nowMs: number): Promise<string> {
  const jwt = takeApart(text)
  const { issuer, algorithm, kid, user } = checkClaims(jwt, issuers, nowMs)
  const key = await findPublicKey(issuer.jwks, algorithm, kid, nowMs)
  if (!key) throw denied('its issuer has no such key')
  if (!(await verifySignature(algorithm, key, jwt.signature, jwt.signed))) {
    throw denied('its signature is wrong')
  }
  return user
}

/** Compact serialisation only (RFC 7515 section 7.1). */
function takeApart(text: string): Jwt {
  const [head = '', body = '', tail = '', ...more] = text.split('.')
  const header = jsonFromBase64url(head)
  const claims = jsonFromBase64url(body)
  const signature = fromBase64url(tail)
  if (!header || !claims || !signature || more.length > 0) throw denied('it is not a signed JWT')
  return { header, claims, signed: `${head}.${body}`, signature }
}

/** The issuer's configuration names the algorithms, and the JWT picks among them: never the other way round. */
function checkClaims({ header, claims }: Jwt, issuers: readonly Issuer[], nowMs: number): Claimed {
  const named = issuers.filter((candidate) => candidate.issuer === claims.iss)
  if (named.length === 0) throw denied('the key does not trust its issuer')
  // A login service has an audience for each of its applications, and each of these is an issuer of its own.
  const issuer = named.find(({ audience }) => [claims.aud].flat().includes(audience))
  if (!issuer) throw denied('it is for another audience')
  const algorithm = issuer.algorithms.find((candidate) => candidate === header.alg)
  if (!algorithm) throw denied(`its algorithm is none of ${issuer.algorithms.join(', ')}`)
  if (header.crit !== undefined) throw denied('it asks for extensions that are not known here')
  const { kid } = header
  if (kid !== undefined && typeof kid !== 'string') throw denied('its key id is no text')
  checkTimes(claims, nowMs / 1000)
  const { sub } = claims
  if (typeof sub !== 'string' || sub === '') throw denied('it names no subject')
  const user = `${issuer.name}:${sub}`
  if (user.length > MAX_USER_CHARACTERS) throw denied('its subject is too long')
  return { issuer, algorithm, kid, user }
}

/** RFC 7519 sections 4.1.4 to 4.1.6; a JWT without an end would be a key for ever. */
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

function denied(reason: string): GatewayError {
  return new GatewayError('denied', `The JWT was not accepted: ${reason}.`, { param: 'jwt' })
}
