/** The random variation of a delay, so that messages that failed together are not retried together. */
const JITTER = 0.2

/** The longest `Retry-After` that is obeyed; for a longer one the delay of the schedule is used. */
const MAX_RETRY_AFTER_SECONDS = 86_400

/** The inputs for the next attempt of a message. */
export interface NextTry {
  /** Attempts so far, including the last one. */
  tries: number
  /** Seconds before the second, third, … attempt (WEBHOOK_RETRIES). */
  retries: readonly number[]
  nowMs: number
  /** The delay of the receiver's `Retry-After`; undefined without the header. */
  retryAfterMs: number | undefined
  /** A random number from 0 to 1. */
  random: number
}

/**
 * When a failed message is sent again.
 *
 * @returns milliseconds since 1970; undefined when the schedule is used up and the message is dead.
 */
export function nextTryMs({ tries, retries, nowMs, retryAfterMs, random }: NextTry): number | undefined {
  const delaySeconds = retries[tries - 1]
  if (delaySeconds === undefined) return undefined
  if (retryAfterMs !== undefined && retryAfterMs <= MAX_RETRY_AFTER_SECONDS * 1000) {
    return nowMs + retryAfterMs
  }
  return Math.round(nowMs + delaySeconds * 1000 * (1 + JITTER * (2 * random - 1)))
}
