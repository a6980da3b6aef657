import { GatewayError } from '../errors.ts'
import type { HeaderMap } from '../lib/header-map.ts'

/** How nearly every caller sends its key: one word of the characters that keys and tokens are made of. */
const PLAIN_BEARER = /^Bearer ([\w.-]+)$/

/** A credential alone, without the scheme that says what it is. */
const BARE = /^(?!bearer$)[^\s,]+$/i

const BEARER = /^bearer[ \t]+(\S.*)$/i

/**
 * The cause of a refusal that brakes nobody: there was no credential, as in what a foreign page has its visitors' browsers
 * send, or one whose time is over, as that of every session token will be.
 */
export const NO_GUESS = 'no guess'

/**
 * The credential of a request: from `Authorization: Bearer …`, `x-api-key` (Anthropic clients) or `X-DashScope-ApiKey`.
 * Never from the address, which ends up in logs and histories.
 *
 * @returns the credential as it was sent, or `undefined` when none of the headers carries one.
 * @throws GatewayError `unauthenticated` when the headers name different credentials: which of them counts must not
 *   depend on who reads the request.
 */
export function readCredential(headers: HeaderMap): string | undefined {
  const bearer = headers.get('authorization')
  const others = [headers.get('x-api-key'), headers.get('x-dashscope-apikey')]
  const plain = bearer ? PLAIN_BEARER.exec(bearer) : null
  if (plain && others.every((other) => other === null || other === undefined)) return plain[1]
  return onlyOne([...bearerTokens(bearer), ...others.flatMap(parts)])
}

/**
 * The token of `Authorization: Bearer …` (RFC 6750 section 2.1; the scheme in any case, RFC 9110 section 11.1).
 * Another scheme counts as no token.
 *
 * @throws GatewayError `unauthenticated` when the header was sent twice with different tokens.
 */
export function readBearer(headers: HeaderMap): string | undefined {
  return onlyOne(bearerTokens(headers.get('authorization')))
}

/**
 * The 401 for a request in which no credential was found.
 *
 * @param sentence what is missing and how to send it. Where Authorization holds a credential without `Bearer`, another
 *   one says so.
 */
export function noCredential(headers: HeaderMap, sentence: string): GatewayError {
  const isBare = BARE.test(headers.get('authorization') ?? '')
  return unauthenticated(
    isBare ? 'Authorization holds a credential alone. Put "Bearer " before it.' : sentence,
    NO_GUESS,
  )
}

/** A 401 with the challenge it must carry (RFC 9110 section 11.6.1). */
export function unauthenticated(message: string, cause?: typeof NO_GUESS): GatewayError {
  return new GatewayError('unauthenticated', message, { headers: { 'www-authenticate': 'Bearer' }, cause })
}

function bearerTokens(authorization: string | null | undefined): string[] {
  return parts(authorization).flatMap((part) => BEARER.exec(part)?.[1] ?? [])
}

/** A header sent twice arrives as one, joined by commas (RFC 9110 section 5.3); no credential holds a comma. */
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
      'The request carries different credentials in its headers. Send one key, in Authorization, x-api-key or X-DashScope-ApiKey.',
    )
  }
  return first
}
