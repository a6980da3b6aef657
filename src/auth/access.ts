import type { Env } from '../config.ts'
import { asGatewayError } from '../errors.ts'
import { readAddress } from '../lib/address.ts'
import type { Issuer } from '../policy/issuers.ts'
import { refuseForeignOrigin } from '../policy/origins.ts'
import { readBearer, unauthenticated } from './credential.ts'
import { readClaims, verifySignature } from './jwt.ts'
import { withOperatorThrottle } from './throttle.ts'

/** The header that Cloudflare Access adds to a request that it allowed (Access docs, "Validate JWTs"). */
const ASSERTION = 'cf-access-jwt-assertion'

/** The path at which Access publishes the keys of a team. */
const KEYS_PATH = '/cdn-cgi/access/certs'

/**
 * The Access team whose users are operators. Reads its own variables only: an invalid value of another variable must
 * not lock the operator out.
 *
 * @returns an empty list if Access is not set up. Each configured application of the team is a separate issuer.
 */
export function accessIssuers({
  ACCESS_TEAM_DOMAIN,
  ACCESS_AUD,
}: Pick<Env, 'ACCESS_TEAM_DOMAIN' | 'ACCESS_AUD'>): Issuer[] {
  const team = ACCESS_TEAM_DOMAIN?.trim().replace(/\/$/, '')
  const audiences = (ACCESS_AUD ?? '').split(',').map((audience) => audience.trim())
  if (!team) return []
  const issuer = /^https?:/.test(team) ? team : `https://${team}`
  return audiences.filter(Boolean).map((audience) => ({
    name: 'access',
    issuer,
    jwks: issuer + KEYS_PATH,
    audience,
    algorithms: ['RS256'],
  }))
}

/** Whether a request carries the JWT of Access and no credential. */
export function hasAssertion({ headers }: Request, env: Env): boolean {
  return headers.has(ASSERTION) && readBearer(headers) === undefined && accessIssuers(env).length > 0
}

/**
 * Authorizes an operator who signed in with Cloudflare Access. A browser sends the Access cookie with requests from
 * any page, so pages of other origins are refused.
 *
 * @param request carries the JWT of Access; see {@link hasAssertion}.
 * @throws GatewayError `unauthenticated` with the reason, `denied` for a foreign page, `unavailable` if the team's
 *   keys cannot be fetched.
 */
export async function requireAccess(request: Request, env: Env, nowMs: number): Promise<void> {
  const { headers, url } = request
  refuseForeignOrigin(headers.get('origin'), [readAddress(url).origin])
  await withOperatorThrottle(env.BRAKE, headers, nowMs, async (checkThrottle) => {
    try {
      const claimed = readClaims(headers.get(ASSERTION) ?? '', accessIssuers(env), nowMs)
      await verifySignature(claimed, nowMs)
    } catch (thrown) {
      const error = asGatewayError(thrown)
      if (error.reason !== 'denied') throw error
      checkThrottle()
      throw unauthenticated(
        error.message.replace('The JWT was not accepted', 'The token of Cloudflare Access was not accepted'),
      )
    }
  })
}
