/** Failures in a row after which a region, a key or a model is set aside: fewer happen by chance. */
const ASIDE_AFTER_FAILURES = 5

/** How long something is set aside at first; each further time doubles it. */
const ASIDE_SECONDS = 5

/** A region that is back after an outage is found within this time. */
const MAX_ASIDE_SECONDS = 300

/** Bills are paid and keys are exchanged by people. */
const ASIDE_LASTING_SECONDS = 600

/** One request in an hour finds out that a bill was paid. */
const MAX_ASIDE_LASTING_SECONDS = 3600

/** What is remembered of something that fails: a region, a key, or a model with a key. What works has none. */
export interface Breaker {
  /** In a row. */
  failures: number
  /** How often it was set aside in a row; each time is twice as long as the one before. */
  times: number
  /** It is not asked before; 0 while it is. */
  openUntilMs: number
  /** One request is trying it out, and the others wait for how that ends. */
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
 * A breaker after one more failure. It sets aside at once for what lasts and for as long as `Retry-After` says, an hour at most; for other
 * failures from the fifth in a row on, or when a probe fails. While it is aside further failures change nothing: they were
 * under way already.
 */
export function failed(
  before: Breaker | undefined,
  { nowMs, lasting, retryAfterMs = 0 }: BreakerFailure,
): Breaker {
  const breaker = before ?? UNBROKEN
  const failures = breaker.failures + 1
  if (breaker.openUntilMs > nowMs && !breaker.halfOpen) return { ...breaker, failures }
  const askedForMs = retryAfterMs > 0 ? nowMs + Math.min(retryAfterMs, 1000 * MAX_ASIDE_LASTING_SECONDS) : 0
  const isDue =
    lasting !== undefined || failures >= ASIDE_AFTER_FAILURES || breaker.halfOpen || breaker.times > 0
  const own = isDue ? nowMs + 1000 * asideSeconds(breaker.times, lasting !== undefined) : 0
  return {
    failures,
    times: breaker.times + (isDue ? 1 : 0),
    openUntilMs: Math.max(own, askedForMs),
    halfOpen: false,
    ...(lasting !== undefined && { lasting }),
  }
}

/**
 * A breaker whose time is over and that one request now tries out.
 *
 * @param untilMs when that request has its answer at the latest; if it is lost, the next one tries.
 */
export function probed(breaker: Breaker, untilMs: number): Breaker {
  return { ...breaker, halfOpen: true, openUntilMs: untilMs }
}

/** Whether it is time for a probe: it was set aside, and that is over. */
export function isDueForProbe(breaker: Breaker, nowMs: number): boolean {
  return breaker.openUntilMs > 0 && breaker.openUntilMs <= nowMs
}

function asideSeconds(times: number, isLasting: boolean): number {
  const [base, most] = isLasting
    ? [ASIDE_LASTING_SECONDS, MAX_ASIDE_LASTING_SECONDS]
    : [ASIDE_SECONDS, MAX_ASIDE_SECONDS]
  return Math.min(most, base * 2 ** times)
}
