import { GatewayError } from '../errors.ts'
import { limitedMeters } from '../meter/limited-meters.ts'
import { type LimitState, METER_RETRY_AFTER_SECONDS } from '../meter/metering.ts'
import type { Meters } from '../meter/meters.ts'
import type { Principal } from '../policy/key-record.ts'

/** The remaining quota of a limit. */
export interface LimitLeft {
  /** As in the policy; `budget_requests` and `budget_tokens` for the budget of a session token. */
  name: string
  /** In the limit's own unit: requests, tokens, or money in the billing currency. */
  quota: number
  remaining: number
  /** Seconds; 0 if there is no window. */
  window_seconds: number
  /** Seconds until there is more room; 0 if unknown. */
  reset_seconds: number
}

/** Limit states of a session token's budget, by the names of the API. */
const BUDGET_NAMES: Readonly<Record<string, string>> = {
  token_requests: 'budget_requests',
  token_tokens: 'budget_tokens',
}

/**
 * The remaining quota of every limit of a caller. A session token sees its budget and the limits of its user, but not
 * those of the key, and no money.
 *
 * @throws GatewayError `unavailable` if a meter fails.
 */
export async function readLimitsLeft(
  principal: Principal,
  meters: Meters,
  nowMs: number,
): Promise<LimitLeft[]> {
  const limited = limitedMeters(principal)
  try {
    const states = await Promise.all(
      limited.map(({ name, ...bounds }) =>
        meters.getByName(name).left(shownBounds(principal, name, bounds), nowMs),
      ),
    )
    return states.flat().map(leftOf)
  } catch (cause) {
    throw new GatewayError('unavailable', 'The meter of this key does not respond. Try again in a moment.', {
      headers: { 'retry-after': String(METER_RETRY_AFTER_SECONDS) },
      cause,
    })
  }
}

type Bounds = Omit<ReturnType<typeof limitedMeters>[number], 'name'>

function shownBounds({ keyId, token }: Principal, meter: string, bounds: Bounds): Bounds {
  if (!token) return bounds
  if (meter === keyId) return { ...bounds, limits: {} }
  const shown = Object.entries(bounds.limits).filter(([name]) => !name.startsWith('money_'))
  return { ...bounds, limits: Object.fromEntries(shown) }
}

/** A limit in the format of the API. */
export function leftOf({ name, quota, remaining, windowSeconds, resetSeconds }: LimitState): LimitLeft {
  return {
    name: BUDGET_NAMES[name] ?? name,
    quota,
    remaining,
    window_seconds: windowSeconds,
    reset_seconds: resetSeconds,
  }
}
