/** Consecutive failures that open the circuit breaker of a region, a key or a model; fewer can be chance. */
const OPEN_AFTER_FAILURES = 5

/** How long a breaker stays open at first; each further time doubles it. */
const OPEN_SECONDS = 5

/** A region that has recovered is noticed within this time. */
const MAX_OPEN_SECONDS = 300

/** Fixing an unpaid account or a bad key takes a person, so start at 10 minutes. */
const OPEN_LASTING_SECONDS = 600

/** At most one request per hour probes whether the account or key was fixed. */
const MAX_OPEN_LASTING_SECONDS = 3600

/** The failures of a region, a key, or a model with a key. Only what fails has a breaker. */
export interface Breaker {
  /** Consecutive failures. */
  failures: number
  /** How often it opened in a row; each opening lasts twice as long as the one before. */
  times: number
  /** No requests are sent before then; 0 while the breaker is closed. */
  openUntilMs: number
  /** One request is probing, and the others wait for its result. */
  halfOpen: boolean
  /** The code of a failure that stays until a person fixes it. */
  lasting?: string
}

/** The facts about a failure that a breaker needs. */
export interface BreakerFailure {
  nowMs: number
  /** The code, if the failure is a lasting one. */
  lasting?: string
  /** The delay that the failing side asked for. */
  retryAfterMs?: number
}

const UNBROKEN: Breaker = { failures: 0, times: 0, openUntilMs: 0, halfOpen: false }

/**
 * The breaker after one more failure. A lasting failure opens it at once, for 10 minutes at first and an hour at most.
 * Other failures open it from the fifth in a row, if a probe fails, or if it has opened before without a success
 * since. Any failure with `Retry-After` opens it for at least that long, at most an hour. While it is open, further
 * failures change nothing: those requests had started before.
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
 * A breaker whose open time has passed and that one request now probes.
 *
 * @param untilMs when that request has a response at the latest; if it is lost, the next request probes.
 */
export function probed(breaker: Breaker, untilMs: number): Breaker {
  return { ...breaker, halfOpen: true, openUntilMs: untilMs }
}

/** Whether a probe is due: the breaker was open, and its open time has passed. */
export function isDueForProbe(breaker: Breaker, nowMs: number): boolean {
  return breaker.openUntilMs > 0 && breaker.openUntilMs <= nowMs
}

function openSeconds(times: number, isLasting: boolean): number {
  const [base, most] = isLasting
    ? [OPEN_LASTING_SECONDS, MAX_OPEN_LASTING_SECONDS]
    : [OPEN_SECONDS, MAX_OPEN_SECONDS]
  return Math.min(most, base * 2 ** times)
}
