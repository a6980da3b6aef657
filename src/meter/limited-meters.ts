import type { Limits, Principal } from '../policy/key-record.ts'
import type { TokenBudget } from './metering.ts'

/** A meter that is called before a request is sent upstream, and the limits that it checks. */
export interface LimitedMeter {
  name: string
  limits: Limits
  budget?: TokenBudget
}

/** Prefixes of meter names that are not the names of end users. */
const RESERVED_NAMES = /^(?:tok_|user:|body:)/

/** The meter of a key: the limits and usage of all its requests, and the objects that it owns. */
export function keyMeter({ keyId }: Principal): string {
  return keyId
}

/**
 * The meter of the end user of a key: a named user or, for a session token without a user, the token. A key's id
 * contains no slash, and a user's name never begins like a token's id, so that no name leads to another's object.
 *
 * @returns undefined if the key itself is used.
 */
export function userMeter({ keyId, user, token }: Principal): string | undefined {
  if (user !== undefined) return `${keyId}/${RESERVED_NAMES.test(user) ? `user:${user}` : user}`
  return token && `${keyId}/${token.id}`
}

/** The meters whose limits a request has to pass; empty without limits. */
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

/**
 * Whether a caller has limits on usage and not only on the number of requests, so that every response must be
 * charged.
 */
export function boundsUsage(principal: Principal): boolean {
  return limitedMeters(principal).some(({ limits, budget }) => {
    const names = [...Object.keys(limits), ...(budget?.tokens === undefined ? [] : ['tokens'])]
    return names.some((name) => !name.startsWith('requests'))
  })
}

/** The meter of the end user, if end users have limits. */
export function limitedUser(principal: Principal): LimitedMeter | undefined {
  const { user_limits } = principal.policy
  const name = userMeter(principal)
  return name !== undefined && hasAny(user_limits) ? { name, limits: user_limits } : undefined
}

/** Whether a caller's requests need a reservation before they are sent upstream. */
export function hasLimits(principal: Principal): boolean {
  return limitedMeters(principal).length > 0
}

function budgetOf(tokenId: string, expires: number, bounds: object): TokenBudget {
  return { tokenId, expiresMs: expires * 1000, ...bounds }
}

/** Whether there are limits; `{}` has none and must not cost a round trip. */
function hasAny<Bounds extends object>(bounds: Bounds | undefined): bounds is Bounds {
  return bounds !== undefined && Object.keys(bounds).length > 0
}
