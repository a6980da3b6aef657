import type { Target, Targets } from '../dashscope/targets.ts'
import type { Rule } from '../dashscope/upstream-errors.ts'

/** The first attempt and two more, as in OpenAI's and Anthropic's SDKs. */
export const MAX_ATTEMPTS = 3

/** Upper bound of the first retry's delay; each further retry doubles it. */
const RETRY_DELAY_MS = 250

/** A longer `Retry-After` is passed on to the caller, which can use the time better. */
const MAX_RETRY_WAIT_MS = 10_000

/** The next target. */
export interface Choice {
  target: Target
  /** It was not tried yet, and no circuit breaker is open for it. */
  isFresh: boolean
}

/**
 * Chooses the next target: the first untried one whose circuit breakers are closed, preferably outside the region
 * that just failed; else the one tried longest ago; if every breaker is open, the one that closes first. The gateway
 * never refuses by itself because of open breakers: DashScope's own response is at least as useful.
 *
 * @param openUntilMs until when a target's breaker is open; 0 if it is closed.
 * @param avoid the region that just failed.
 */
export function nextTarget(
  targets: Targets,
  tried: readonly Target[],
  openUntilMs: (target: Target) => number,
  avoid?: string,
): Choice {
  const closed = targets.filter((target) => openUntilMs(target) === 0)
  const fresh = closed.filter((target) => !tried.includes(target))
  const target = fresh.find(({ region }) => region !== avoid) ?? fresh[0]
  if (target) return { target, isFresh: true }
  const again = tried.find((each) => closed.includes(each))
  const soonest = targets.reduce((one, other) => (openUntilMs(other) < openUntilMs(one) ? other : one))
  return { target: again ?? soonest, isFresh: false }
}

/**
 * When a request may be sent again: after any failure, only if it was refused before anything began, or never. It is
 * sent at most `MAX_ATTEMPTS` times.
 */
export type Repeatable = 'freely' | 'refused' | 'never'

/** The targets that a request has tried so far. */
export interface RetryState {
  /** In the order of their failures. */
  tried: readonly Target[]
  /** The region that just failed as a whole. */
  avoid: string | undefined
  /** Whether a non-stream request is sent as a stream. */
  asStream: boolean
}

/** A request before its first attempt. */
export const NOTHING_TRIED: RetryState = { tried: [], avoid: undefined, asStream: false }

/** The state after a failure of `target`. A model missing in a region is missing under every key. */
export function afterFailure(state: RetryState, target: Target, rule: Rule): RetryState {
  const { tried } = state
  const blamesRegion = rule.scope === 'region' || (rule.scope === 'model' && rule.lasting === true)
  return {
    ...state,
    tried: tried.includes(target) ? tried : [...tried, target],
    avoid: blamesRegion ? target.region : undefined,
  }
}

/** Input of the decision about another attempt. */
export interface Situation {
  rule: Rule
  repeatable: Repeatable
  /** Attempts so far. */
  attempts: number
  /** Whether another key or region is available. */
  hasOther: boolean
  retryAfterMs: number | undefined
  nowMs: number
  /** The deadline of the request, in milliseconds since 1970. */
  untilMs: number
  /** A random number from 0 to 1. */
  random: number
}

/**
 * How long to wait before the next attempt: no wait before another key or region; else exponential backoff with full
 * jitter, so that requests that failed together are not retried together, and at least as long as `Retry-After` says.
 *
 * @returns milliseconds, or undefined if there is no further attempt.
 */
export function retryDelayMs(situation: Situation): number | undefined {
  const { rule, repeatable, attempts, hasOther, retryAfterMs = 0, nowMs, untilMs, random } = situation
  if (attempts >= MAX_ATTEMPTS || rule.retry === 'never' || repeatable === 'never') return undefined
  if (repeatable === 'refused' && !rule.refused) return undefined
  if (rule.retry === 'elsewhere' && !hasOther) return undefined
  if (rule.retry === 'once' && attempts > 1) return undefined
  const backOffMs = random * RETRY_DELAY_MS * 2 ** (attempts - 1)
  const waitMs = hasOther ? 0 : Math.max(retryAfterMs, backOffMs)
  return waitMs <= MAX_RETRY_WAIT_MS && nowMs + waitMs < untilMs ? waitMs : undefined
}
