import { NANOS } from '../../dashscope/prices.ts'
import type { Periods } from '../../lib/calendar.ts'
import type { Limits } from '../../policy/key-record.ts'
import type { LimitName, LimitState, Reservation, TokenBudget, Verdict } from '../metering.ts'
import { NOTHING_SPENT, type Spent } from '../spent.ts'
import type { RateEntry } from './request-ledger.ts'
import { RATE_WINDOW_SECONDS } from './request-ledger.ts'

/** When a request in flight ends is unknown; a second is what a short response takes. */
const IN_FLIGHT_RETRY_SECONDS = 1

/** All that has been counted when a request asks. Estimates of requests that are not settled are in all sums. */
export interface Counted {
  /** Requests of the last minute, oldest first. */
  minute: readonly RateEntry[]
  minuteTokens: number
  inFlight: number
  day: Spent
  month: Spent
  /** The day and the month that budgets count in now. */
  periods: Periods
  /** What the session token was used for. */
  session: { requests: number; tokens: number }
}

/** One limit, and what is counted against it. */
interface Check {
  name: LimitName
  kind: 'rate' | 'quota'
  /** In the unit that is counted; money in nanos. */
  quota: number
  used: number
  /** What this request adds. */
  asks: number
  /** Whether the limit bounds only requests that ask for its unit: chat keeps working when the characters of a day are used up. */
  isOptional?: true
  /** How many counted units the limit's own unit has. */
  unit: number
  windowSeconds: number
  resetSeconds: number
  /** Seconds until the request fits, given that it does not fit now. */
  waitSeconds: () => number
}

/**
 * Decides on one request. Rates are exact: a request counts for 60 s from its own moment on. A request that is let
 * through is charged with its estimate at once, so that a thousand requests at the same moment cannot all spend the same
 * remainder.
 *
 * @param limits of the key or the end user; what is absent is not bounded.
 * @param budget of the session token, if the caller came with one.
 * @returns the verdict with the state of every limit; a refusal names a limit that the request can never pass, else the one that keeps it waiting longest.
 */
export function decide(
  limits: Limits,
  budget: TokenBudget | undefined,
  counted: Counted,
  asked: Reservation,
): Verdict {
  const checks = [...rateChecks(limits, counted, asked), ...quotaChecks(limits, counted, asked)]
  if (budget) checks.push(...budgetChecks(budget, counted, asked))
  // A request with an estimate of zero (money without a known price) does not pass a used-up budget either.
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

/** The state of every limit now, for reports: nothing is asked for and nothing is charged. */
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
  const { minute, minuteTokens, inFlight } = counted
  const window = { kind: 'rate', unit: 1, windowSeconds: RATE_WINDOW_SECONDS } as const
  const oldest = minute[0]
  const resetSeconds = oldest ? leavesIn(oldest, nowMs) : RATE_WINDOW_SECONDS
  const checks: Check[] = []
  if (limits.requests_per_minute !== undefined) {
    const quota = limits.requests_per_minute
    const waitSeconds = () => leavesIn(minute[minute.length - quota], nowMs)
    const used = minute.length
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

/** A limit on what is used in a day or a month. */
interface Quota {
  name: LimitName & keyof Limits
  period: 'day' | 'month'
  what: keyof Spent
  /** How many counted units the limit's own unit has; absent: 1. */
  unit?: number
  isOptional?: true
  /** The length of a recording is not known before it is heard, so the last one of a period may pass the limit. */
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
 * A session token's budget is never filled up again: what is left to wait for is the end of the token. By then its use is
 * forgotten, so for a request whose body took until then nothing is left.
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

/** The entry with whose leaving the oldest ones have made room for so many tokens. */
function lastToLeave(minute: readonly RateEntry[], tokens: number): RateEntry | undefined {
  let freed = 0
  return minute.find((entry) => {
    freed += entry.tokens
    return freed >= tokens
  })
}

/** Whole seconds until an entry leaves the window; the whole window if there is none to wait for. */
function leavesIn(entry: RateEntry | undefined, nowMs: number): number {
  if (!entry) return RATE_WINDOW_SECONDS
  return Math.ceil((entry.atMs - nowMs) / 1000) + RATE_WINDOW_SECONDS
}
