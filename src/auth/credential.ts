import { GatewayError } from '../errors.ts'
import type { HeaderMap } from '../lib/header-map.ts'

/** The usual form of the header: one word of the characters that keys and tokens consist of. */
const PLAIN_BEARER = /^Bearer ([\w.-]+)$/

/** A credential without a scheme. */
const BARE = /^(?!bearer$)[^\s,]+$/i

const BEARER = /^bearer[ \t]+(\S.*)$/i

/** Quotation marks that terminals, documents and `.env` files put around a key. */
const QUOTED = /^["'`“”„‘’«]|["'`“”‘’»]$/

/**
 * The `cause` of a 401 that does not count as a guess: no credential was sent, as by a foreign page in its visitors'
 * browsers, or the credential has expired, as every session token does.
 */
export const NOT_A_GUESS = 'not a guess'

/**
 * Reads the credential of a request: from `Authorization: Bearer …`, `x-api-key` (Anthropic clients) or
 * `X-DashScope-ApiKey`. Never from the URL, which ends up in logs and browser histories.
 *
 * @returns the credential as it was sent, or `undefined` if none of the headers carries one.
 * @throws GatewayError `unauthenticated` if the headers carry different credentials: otherwise the caller's identity
 *   would depend on which header a server reads.
 */
export function readCredential(headers: HeaderMap): string | undefined {
  const bearer = headers.get('authorization')
  const others = [headers.get('x-api-key'), headers.get('x-dashscope-apikey')]
  const plain = bearer ? PLAIN_BEARER.exec(bearer) : null
  if (plain && others.every((other) => other === null || other === undefined)) return plain[1]
  return onlyOne([...bearerTokens(bearer), ...others.flatMap(parts)])
}

/**
 * Reads the token of `Authorization: Bearer …` (RFC 6750 section 2.1; the scheme in any case, RFC 9110 section 11.1).
 * Another scheme counts as no token.
 *
 * @throws GatewayError `unauthenticated` if the header was sent twice with different tokens.
 */
export function readBearer(headers: HeaderMap): string | undefined {
  return onlyOne(bearerTokens(headers.get('authorization')))
}

/**
 * Refuses a credential that was copied with extra characters; the message says what to remove. Keys and tokens
 * contain neither spaces nor quotation marks, so such a credential cannot be valid.
 *
 * @throws GatewayError `unauthenticated`.
 */
export function requireBareCredential(credential: string): void {
  if (/^bearer\b/i.test(credential)) {
    throw unauthenticated(
      'The credential itself begins with "Bearer". Send that word once, in Authorization; leave it out in other headers and in the key field of your client.',
    )
  }
  if (QUOTED.test(credential)) {
    throw unauthenticated('The credential is in quotation marks. Remove them.')
  }
  if (/\s/.test(credential)) {
    throw unauthenticated('The credential contains a space. Copy it again, without spaces or other words.')
  }
}

/**
 * The 401 for a request without a credential.
 *
 * @param message what is missing and how to send it. Replaced if Authorization has a credential without `Bearer`.
 */
export function noCredential(headers: HeaderMap, message: string): GatewayError {
  const isBare = BARE.test(headers.get('authorization') ?? '')
  return unauthenticated(
    isBare ? 'Authorization holds a credential without a scheme. Put "Bearer " before it.' : message,
    { cause: NOT_A_GUESS },
  )
}

/** A 401 with the required challenge (RFC 9110 section 11.6.1). */
export function unauthenticated(
  message: string,
  details: { cause?: typeof NOT_A_GUESS; rule?: string } = {},
): GatewayError {
  return new GatewayError('unauthenticated', message, {
    headers: { 'www-authenticate': 'Bearer' },
    ...details,
  })
}

function bearerTokens(authorization: string | null | undefined): string[] {
  return parts(authorization).flatMap((part) => BEARER.exec(part)?.[1] ?? [])
}

/** A repeated header arrives as one, joined by commas (RFC 9110 section 5.3); credentials contain no commas. */
function parts(header: string | null | undefined): string[] {
  return (header ?? '')
    .split(',')
    .map((part) => part.trim())
    .filter(Boolean)
}

function onlyOne(credentials: string[]): string | undefined {
  const [first, ...others] = credentials
  if (others.some((other) => other !== first)) {
    throw unauthenticated(
      'The request has different credentials in its headers. Send one key, in Authorization, x-api-key or X-DashScope-ApiKey.',
    )
  }
  return first
}
