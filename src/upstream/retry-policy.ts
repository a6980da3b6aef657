import type { Rule } from '../dashscope/retry.ts'
import type { Target, Targets } from '../dashscope/targets.ts'

/** The first attempt and two more: clients of OpenAI's kind retry twice by themselves, and the product has to stay small. */
export const MAX_ATTEMPTS = 3

/** The most that the first retry waits; each further one doubles it. */
const RETRY_DELAY_MS = 250

/** A longer `Retry-After` is passed on to the caller, who can spend the time better. */
const MAX_RETRY_WAIT_MS = 10_000

/** Which target is next. */
export interface Choice {
  target: Target
  /** It was not asked yet, and nothing speaks against it. */
  isFresh: boolean
}

/**
 * The target to ask next: the first that was not asked yet and is in good standing, one of another region before those of a
 * region that failed as a whole; else the one that was asked longest ago; and where all are set aside, the one whose time is
 * over first. A gateway that refuses by itself would never be better than DashScope's own answer.
 *
 * @param openUntilMs until when a target is set aside; 0 where it is not.
 * @param avoid the region that just failed.
 */
export function nextTarget(
  targets: Targets,
  tried: readonly Target[],
  openUntilMs: (target: Target) => number,
  avoid?: string,
): Choice {
  const good = targets.filter((target) => openUntilMs(target) === 0)
  const fresh = good.filter((target) => !tried.includes(target))
  const target = fresh.find(({ region }) => region !== avoid) ?? fresh[0]
  if (target) return { target, isFresh: true }
  const again = tried.find((each) => good.includes(each))
  const soonest = targets.reduce((one, other) => (openUntilMs(other) < openUntilMs(one) ? other : one))
  return { target: again ?? soonest, isFresh: false }
}

/** How often a request may be sent: as one likes, only where it was refused before anything was begun, or once. */
export type Repeatable = 'freely' | 'refused' | 'never'

/** What a decision about another attempt rests on. */
export interface Situation {
  rule: Rule
  repeatable: Repeatable
  /** Attempts so far. */
  attempts: number
  /** Whether another key or region can be asked. */
  hasOther: boolean
  retryAfterMs: number | undefined
  nowMs: number
  /** The end of the request's own time, in milliseconds since 1970. */
  deadlineMs: number
  /** From 0 to 1. */
  random: number
}

/**
 * How long to wait before the next attempt: not at all before another key or region is asked; else exponentially longer
 * with full jitter, so that callers who failed together do not come back together, and at least as long as `Retry-After`
 * says.
 *
 * @returns milliseconds, or undefined where there is to be no further attempt.
 */
export function retryDelayMs(situation: Situation): number | undefined {
  const { rule, repeatable, attempts, hasOther, retryAfterMs = 0, nowMs, deadlineMs, random } = situation
  if (attempts >= MAX_ATTEMPTS || rule.retry === 'never' || repeatable === 'never') return undefined
  if (repeatable === 'refused' && !rule.refused) return undefined
  if (rule.retry === 'elsewhere' && !hasOther) return undefined
  if (rule.retry === 'once' && attempts > 1) return undefined
  const backOffMs = random * RETRY_DELAY_MS * 2 ** (attempts - 1)
  const waitMs = hasOther ? 0 : Math.max(retryAfterMs, backOffMs)
  return waitMs <= MAX_RETRY_WAIT_MS && nowMs + waitMs < deadlineMs ? waitMs : undefined
}
