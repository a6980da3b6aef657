import { createHash, timingSafeEqual } from 'node:crypto'
import { type Env, MIN_ADMIN_TOKEN_CHARACTERS } from '../config.ts'
import { GatewayError, misconfigured } from '../errors.ts'
import { CLIENT_KEY_PREFIX } from '../keys/client-key.ts'
import type { HeaderMap } from '../lib/header-map.ts'
import { noCredential, readBearer, requireBareCredential, unauthenticated } from './credential.ts'
import { withOperatorThrottle } from './throttle.ts'
import { TOKEN_PREFIX } from './token.ts'

/**
 * Accepts only the operator's token: `Authorization: Bearer $ADMIN_TOKEN`. Hashes are compared, in constant time:
 * comparing the texts would reveal by its duration how much of a guess is right, and how long the token is. Wrong
 * tokens count against the caller's IP address; the right one is always accepted.
 *
 * @param adminToken the secret ADMIN_TOKEN, `undefined` if it is not set.
 * @throws GatewayError `denied` if the secret is not set, `internal` if it is too short, `unauthenticated` if the
 *   token is missing or wrong, `rateLimited` after too many wrong ones.
 */
export async function requireOperator(
  headers: HeaderMap,
  adminToken: string | undefined,
  { BRAKE }: Pick<Env, 'BRAKE'>,
  nowMs: number,
): Promise<void> {
  const expected = requireLongToken(adminToken)
  await withOperatorThrottle(BRAKE, headers, nowMs, async (checkThrottle) => {
    const token = readBearer(headers)
    if (!token) {
      throw noCredential(
        headers,
        'The request has no admin token. Send it as "Authorization: Bearer <ADMIN_TOKEN>".',
      )
    }
    if (timingSafeEqual(sha256(token), sha256(expected))) return
    checkThrottle()
    requireBareCredential(token)
    throw unauthenticated(`${whatIsWrong(token)} Send the value of ADMIN_TOKEN.`)
  })
}

function requireLongToken(adminToken: string | undefined): string {
  if (!adminToken) {
    throw new GatewayError(
      'denied',
      'The operator\'s endpoints are closed because ADMIN_TOKEN is not set. Set it with "npx wrangler secret put ADMIN_TOKEN" (or in .env for npm start).',
    )
  }
  if (adminToken.length < MIN_ADMIN_TOKEN_CHARACTERS) {
    throw misconfigured(
      'ADMIN_TOKEN',
      `must have at least ${MIN_ADMIN_TOKEN_CHARACTERS} characters. Set a longer one with "npx wrangler secret put ADMIN_TOKEN" (or in .env for npm start)`,
    )
  }
  return adminToken
}

function whatIsWrong(token: string): string {
  if (token.startsWith(CLIENT_KEY_PREFIX)) return 'This endpoint does not accept client keys.'
  return token.startsWith(TOKEN_PREFIX)
    ? 'This endpoint does not accept session tokens.'
    : 'The admin token is wrong.'
}

function sha256(text: string): Uint8Array {
  return createHash('sha256').update(text).digest()
}
