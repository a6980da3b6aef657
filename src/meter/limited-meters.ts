import type { Limits, Principal } from '../policy/key-record.ts'
import type { TokenBudget } from './metering.ts'

/** A meter that is asked before a request goes upstream, and what it checks there. */
export interface LimitedMeter {
  name: string
  limits: Limits
  budget?: TokenBudget
}

/** What begins like one of these names something other than an end user of that name. */
const RESERVED_NAMES = /^(?:tok_|user:|body:)/

/** The meter of a key: what all its requests may use and have used, and what it owns. */
export function keyMeter({ keyId }: Principal): string {
  return keyId
}

/**
 * The meter of the end user of a key: a named user, or a session token that names none and so may be in any browser.
 * A key's id holds no slash, and a user's name never begins like a token's id, so no name leads into another's object.
 *
 * @returns undefined if the key itself is used.
 */
export function userMeter({ keyId, user, token }: Principal): string | undefined {
  if (user !== undefined) return `${keyId}/${RESERVED_NAMES.test(user) ? `user:${user}` : user}`
  return token && `${keyId}/${token.id}`
}

/** The meters whose limits a request has to pass; none if nothing is bounded. */
export function limitedMeters(principal: Principal): LimitedMeter[] {
  const { policy, token } = principal
  const meters: LimitedMeter[] = []
  const budget = token && hasAny(token.budget) && budgetOf(token.id, token.expires, token.budget)
  if (hasAny(policy.limits) || budget) {
    meters.push({ name: keyMeter(principal), limits: policy.limits ?? {}, ...(budget && { budget }) })
  }
  const user = limitedUser(principal)
  if (user) meters.push(user)
  return meters
}

/** Whether what a caller uses is bounded, and not only how often it asks, so that every response must be charged. */
export function boundsUsage(principal: Principal): boolean {
  return limitedMeters(principal).some(({ limits, budget }) => {
    const names = [...Object.keys(limits), ...(budget?.tokens === undefined ? [] : ['tokens'])]
    return names.some((name) => !name.startsWith('requests'))
  })
}

/** The meter of the end user, where end users have limits of their own. */
export function limitedUser(principal: Principal): LimitedMeter | undefined {
  const { user_limits } = principal.policy
  const name = userMeter(principal)
  return name !== undefined && hasAny(user_limits) ? { name, limits: user_limits } : undefined
}

/** Whether a caller's requests are reserved before they go upstream. */
export function hasLimits(principal: Principal): boolean {
  return limitedMeters(principal).length > 0
}

function budgetOf(tokenId: string, expires: number, bounds: object): TokenBudget {
  return { tokenId, expiresMs: expires * 1000, ...bounds }
}

/** `{}` bounds nothing, and must not cost a round trip. */
function hasAny<Bounds extends object>(bounds: Bounds | undefined): bounds is Bounds {
  return bounds !== undefined && Object.keys(bounds).length > 0
}
