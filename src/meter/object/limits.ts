import { NANOS } from '../../dashscope/prices.ts'
import type { Periods } from '../../lib/calendar.ts'
import type { Limits } from '../../policy/key-record.ts'
import type { LimitName, LimitState, Reservation, TokenBudget, Verdict } from '../metering.ts'
import { isRenewal } from '../renewal-ids.ts'
import { NOTHING_SPENT, type Spent } from '../spent.ts'
import type { RateEntry } from './rate-window.ts'
import { RATE_WINDOW_SECONDS } from './rate-window.ts'

/** The end of a request in flight is unknown; a short response takes about a second. */
const IN_FLIGHT_RETRY_SECONDS = 1

/** The current counts. All sums include the estimates of unsettled requests. */
export interface Counted {
  /** Requests of the last minute and their renewals, oldest first. */
  minute: readonly RateEntry[]
  /** The number of renewals among them. */
  renewals: number
  minuteTokens: number
  inFlight: number
  day: Spent
  month: Spent
  /** The current day and month of budgets. */
  periods: Periods
  /** The usage of the session token. */
  session: { requests: number; tokens: number }
}

/** A limit and the usage counted against it. */
interface Check {
  name: LimitName
  kind: 'rate' | 'quota'
  /** In the counted unit; money in nanos. */
  quota: number
  used: number
  /** The amount that this request adds. */
  asks: number
  /**
   * Whether the limit applies only to requests that use its unit: chat still works when the characters of a day are
   * used up.
   */
  isOptional?: true
  /** Counted units per unit of the limit. */
  unit: number
  windowSeconds: number
  resetSeconds: number
  /** Seconds until the request fits, given that it does not fit now. */
  waitSeconds: () => number
}

/**
 * Decides on one request. Rates are exact: a request counts for 60 s from its arrival. A granted request is charged
 * with its estimate at once, so that a thousand concurrent requests cannot all spend the same remainder.
 *
 * @param limits the limits of the key or the end user; undefined ones do not apply.
 * @param budget the budget of the session token, if any.
 * @returns the verdict with the state of every limit; a refusal names a limit that the request can never satisfy,
 *   else the one with the longest wait.
 */
export function decide(
  limits: Limits,
  budget: TokenBudget | undefined,
  counted: Counted,
  asked: Reservation,
): Verdict {
  const checks = [...rateChecks(limits, counted, asked), ...quotaChecks(limits, counted, asked)]
  if (budget) checks.push(...budgetChecks(budget, counted, asked))
  // A request with an estimate of zero (money without a known price) is refused too if the budget is used up.
  const refused = checks.filter(({ used, asks, quota, isOptional }) => {
    return !(isOptional && asks === 0) && used + Math.max(asks, 1) > quota
  })
  if (refused.length === 0)
    return { allowed: true, states: checks.map((check) => stateOf(check, check.asks)) }

  const impossible = refused.filter((check) => check.asks > check.quota)
  const waits = (impossible.length > 0 ? impossible : refused).map((check) => ({
    check,
    seconds: Math.max(1, check.waitSeconds()),
  }))
  const [longest] = waits.toSorted((one, other) => other.seconds - one.seconds)
  if (!longest) throw new TypeError('A refusal must have a reason.')
  const { check, seconds } = longest
  return {
    allowed: false,
    kind: check.kind,
    limit: check.name,
    retryAfterSeconds: seconds,
    ...(impossible.length > 0 && {
      tooLarge: { asked: check.asks / check.unit, quota: check.quota / check.unit },
    }),
    states: checks.map((check) => stateOf(check, 0)),
  }
}

/** The state of every limit now, for reports: nothing is requested and nothing is charged. */
export function limitStates(
  limits: Limits,
  budget: TokenBudget | undefined,
  counted: Counted,
  nowMs: number,
): LimitState[] {
  const asked = { id: '', nowMs, ...NOTHING_SPENT, expiresMs: nowMs }
  const checks = [...rateChecks(limits, counted, asked), ...quotaChecks(limits, counted, asked)]
  if (budget) checks.push(...budgetChecks(budget, counted, asked))
  return checks.map((check) => stateOf(check, 0))
}

function rateChecks(limits: Limits, counted: Counted, { nowMs, tokens, isDeferred }: Reservation): Check[] {
  const { minute, renewals, minuteTokens, inFlight } = counted
  const window = { kind: 'rate', unit: 1, windowSeconds: RATE_WINDOW_SECONDS } as const
  const oldest = minute[0]
  const resetSeconds = oldest ? leavesIn(oldest, nowMs) : RATE_WINDOW_SECONDS
  const checks: Check[] = []
  if (limits.requests_per_minute !== undefined) {
    const quota = limits.requests_per_minute
    const used = minute.length - renewals
    const waitSeconds = () => {
      return leavesIn(minute.filter(({ id }) => !isRenewal(id))[used - quota], nowMs)
    }
    checks.push({ ...window, name: 'requests_per_minute', quota, used, asks: 1, resetSeconds, waitSeconds })
  }
  if (limits.tokens_per_minute !== undefined && !isDeferred) {
    const quota = limits.tokens_per_minute
    const waitSeconds = () => leavesIn(lastToLeave(minute, minuteTokens + tokens - quota), nowMs)
    const used = minuteTokens
    checks.push({
      ...window,
      name: 'tokens_per_minute',
      quota,
      used,
      asks: tokens,
      resetSeconds,
      waitSeconds,
    })
  }
  if (limits.requests_in_flight !== undefined) {
    const [quota, used] = [limits.requests_in_flight, inFlight]
    const waitSeconds = () => IN_FLIGHT_RETRY_SECONDS
    const unbounded = { ...window, windowSeconds: 0, resetSeconds: 0 }
    checks.push({ ...unbounded, name: 'requests_in_flight', quota, used, asks: 1, waitSeconds })
  }
  return checks
}

/** A limit on usage per day or month. */
interface Quota {
  name: LimitName & keyof Limits
  period: 'day' | 'month'
  what: keyof Spent
  /** Counted units per unit of the limit; undefined: 1. */
  unit?: number
  isOptional?: true
  /**
   * The length of a recording is unknown before it is processed, so the last one of a period may exceed the limit.
   */
  mayPass?: true
}

const QUOTAS: readonly Quota[] = [
  { name: 'tokens_per_day', period: 'day', what: 'tokens' },
  { name: 'tokens_per_month', period: 'month', what: 'tokens' },
  { name: 'money_per_day', period: 'day', what: 'money', unit: NANOS },
  { name: 'money_per_month', period: 'month', what: 'money', unit: NANOS },
  { name: 'audio_seconds_per_day', period: 'day', what: 'audioSeconds', isOptional: true, mayPass: true },
  { name: 'characters_per_day', period: 'day', what: 'characters', isOptional: true },
]

function quotaChecks(limits: Limits, { day, month, periods }: Counted, asked: Reservation): Check[] {
  const spent = { day, month }
  const checks: Check[] = []
  for (const { name, period, what, unit = 1, isOptional, mayPass } of QUOTAS) {
    const limit = limits[name]
    if (limit === undefined) continue
    const { startMs, endMs } = periods[period]
    const seconds = Math.ceil((endMs - asked.nowMs) / 1000)
    const quota = Math.round(limit * unit)
    const used = spent[period][what]
    checks.push({
      name,
      kind: 'quota',
      unit,
      quota,
      used,
      asks: mayPass ? Math.min(asked[what], Math.max(1, quota - used)) : asked[what],
      ...(isOptional && { isOptional }),
      windowSeconds: (endMs - startMs) / 1000,
      resetSeconds: seconds,
      waitSeconds: () => seconds,
    })
  }
  return checks
}

/**
 * A session token's budget is never refilled, so the wait lasts until the token expires. Its usage is deleted then,
 * so a request whose body arrives only after that has nothing left.
 */
function budgetChecks(budget: TokenBudget, { session }: Counted, asked: Reservation): Check[] {
  const seconds = Math.max(0, Math.ceil((budget.expiresMs - asked.nowMs) / 1000))
  const shared = { kind: 'quota', unit: 1, windowSeconds: 0, resetSeconds: seconds } as const
  const { requests, tokens } = seconds > 0 ? session : { requests: Infinity, tokens: Infinity }
  const waitSeconds = () => seconds
  const checks: Check[] = []
  if (budget.requests !== undefined) {
    const quota = budget.requests
    checks.push({ ...shared, name: 'token_requests', quota, used: requests, asks: 1, waitSeconds })
  }
  if (budget.tokens !== undefined) {
    const [quota, used, asks] = [budget.tokens, tokens, asked.tokens]
    checks.push({ ...shared, name: 'token_tokens', quota, used, asks, waitSeconds })
  }
  return checks
}

function stateOf(check: Check, taken: number): LimitState {
  const { name, quota, used, unit, windowSeconds, resetSeconds } = check
  const remaining = Math.max(0, quota - used - taken)
  return { name, quota: quota / unit, remaining: remaining / unit, windowSeconds, resetSeconds }
}

/** The oldest entry after whose expiry enough tokens are free. */
function lastToLeave(minute: readonly RateEntry[], tokens: number): RateEntry | undefined {
  let freed = 0
  return minute.find((entry) => {
    freed += entry.tokens
    return freed >= tokens
  })
}

/** Whole seconds until an entry leaves the window; the whole window if there is no entry. */
function leavesIn(entry: RateEntry | undefined, nowMs: number): number {
  if (!entry) return RATE_WINDOW_SECONDS
  return Math.ceil((entry.atMs - nowMs) / 1000) + RATE_WINDOW_SECONDS
}
