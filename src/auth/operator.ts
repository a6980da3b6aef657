import { createHash, timingSafeEqual } from 'node:crypto'
import { MIN_ADMIN_TOKEN_CHARACTERS } from '../config.ts'
import { GatewayError } from '../errors.ts'
import { CLIENT_KEY_PREFIX } from '../keys/client-key.ts'
import { noCredential, readBearer, unauthenticated } from './credential.ts'
import { TOKEN_PREFIX } from './token.ts'

/**
 * Lets the operator pass: `Authorization: Bearer $ADMIN_TOKEN`. The hashes are compared, in constant time, because the
 * time a comparison of the texts takes would tell how much of a guess is right, and how long the token is.
 *
 * @param adminToken the secret ADMIN_TOKEN, `undefined` where it is not set.
 * @throws GatewayError `denied` without the secret, `internal` when it is too short to be one, `unauthenticated` when
 *   the request carries another token or none.
 */
export function requireOperator(headers: Headers, adminToken: string | undefined): void {
  if (!adminToken) {
    throw new GatewayError(
      'denied',
      'The operator\'s endpoints are closed because ADMIN_TOKEN is not set. Set it with "npx wrangler secret put ADMIN_TOKEN" (or in .env for npm start).',
    )
  }
  if (adminToken.length < MIN_ADMIN_TOKEN_CHARACTERS) {
    throw new GatewayError(
      'internal',
      `The gateway is not set up: ADMIN_TOKEN must have at least ${MIN_ADMIN_TOKEN_CHARACTERS} characters; set a longer one with "npx wrangler secret put ADMIN_TOKEN" (or in .env for npm start).`,
    )
  }
  const token = readBearer(headers)
  if (!token) {
    throw noCredential(
      headers,
      'The request carries no admin token. Send it as "Authorization: Bearer <ADMIN_TOKEN>".',
    )
  }
  if (!timingSafeEqual(sha256(token), sha256(adminToken))) {
    throw unauthenticated(`${whatIsWrong(token)} Send what ADMIN_TOKEN was set to.`)
  }
}

function whatIsWrong(token: string): string {
  if (token.startsWith(CLIENT_KEY_PREFIX)) return 'Client keys do not open this endpoint.'
  return token.startsWith(TOKEN_PREFIX)
    ? 'Session tokens do not open this endpoint.'
    : 'The admin token is wrong.'
}

function sha256(text: string): Uint8Array {
  return createHash('sha256').update(text).digest()
}
