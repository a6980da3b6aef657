/** Failures in a row that open the circuit breaker of a region, a key or a model: fewer happen by chance. */
const OPEN_AFTER_FAILURES = 5

/** How long a breaker is open at first; each further time doubles it. */
const OPEN_SECONDS = 5

/** A region that is back after an outage is found within this time. */
const MAX_OPEN_SECONDS = 300

/** Fixing an unpaid account or a bad key takes a person, so start at 10 minutes. */
const OPEN_LASTING_SECONDS = 600

/** One request in an hour finds out that a bill was paid. */
const MAX_OPEN_LASTING_SECONDS = 3600

/** What is remembered of something that fails: a region, a key, or a model with a key. What works has none. */
export interface Breaker {
  /** In a row. */
  failures: number
  /** How often it opened in a row; each time is twice as long as the one before. */
  times: number
  /** No requests before then; 0 while the breaker is closed. */
  openUntilMs: number
  /** One request probes it, and the others wait for the result. */
  halfOpen: boolean
  /** The code of a failure that stays until a person fixes it. */
  lasting?: string
}

/** A failure as a breaker sees it. */
export interface BreakerFailure {
  nowMs: number
  /** The code, where it is of the lasting kind. */
  lasting?: string
  /** What the failing side asked for itself. */
  retryAfterMs?: number
}

const UNBROKEN: Breaker = { failures: 0, times: 0, openUntilMs: 0, halfOpen: false }

/**
 * A breaker after one more failure. It opens at once for a lasting failure, and for as long as `Retry-After` says, an hour at
 * most; for other failures from the fifth in a row, or when a probe fails. While it is open, further failures change nothing:
 * those requests were in progress already.
 */
export function failed(
  before: Breaker | undefined,
  { nowMs, lasting, retryAfterMs = 0 }: BreakerFailure,
): Breaker {
  const breaker = before ?? UNBROKEN
  const failures = breaker.failures + 1
  if (breaker.openUntilMs > nowMs && !breaker.halfOpen) return { ...breaker, failures }
  const askedForMs = retryAfterMs > 0 ? nowMs + Math.min(retryAfterMs, 1000 * MAX_OPEN_LASTING_SECONDS) : 0
  const isDue =
    lasting !== undefined || failures >= OPEN_AFTER_FAILURES || breaker.halfOpen || breaker.times > 0
  const own = isDue ? nowMs + 1000 * openSeconds(breaker.times, lasting !== undefined) : 0
  return {
    failures,
    times: breaker.times + (isDue ? 1 : 0),
    openUntilMs: Math.max(own, askedForMs),
    halfOpen: false,
    ...(lasting !== undefined && { lasting }),
  }
}

/**
 * A breaker whose time is over and that one request now probes.
 *
 * @param untilMs when that request has its answer at the latest; if it is lost, the next one tries.
 */
export function probed(breaker: Breaker, untilMs: number): Breaker {
  return { ...breaker, halfOpen: true, openUntilMs: untilMs }
}

/** Whether it is time for a probe: the breaker was open, and its time is over. */
export function isDueForProbe(breaker: Breaker, nowMs: number): boolean {
  return breaker.openUntilMs > 0 && breaker.openUntilMs <= nowMs
}

function openSeconds(times: number, isLasting: boolean): number {
  const [base, most] = isLasting
    ? [OPEN_LASTING_SECONDS, MAX_OPEN_LASTING_SECONDS]
    : [OPEN_SECONDS, MAX_OPEN_SECONDS]
  return Math.min(most, base * 2 ** times)
}
