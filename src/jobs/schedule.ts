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

/** The circuit breaker of a destination host. */
export interface Circuit {
  /** Failed attempts since the last success. */
  failures: number
  /** When the next message may be sent as a probe; 0 while the circuit breaker is closed. */
  probeAtMs: number
}

/** The initial state of a destination. */
export const CLOSED: Circuit = { failures: 0, probeAtMs: 0 }

/** Consecutive failures that open a circuit breaker. */
const OPEN_AFTER_FAILURES = 10

/** How often an open circuit breaker allows one message. */
const PROBE_SECONDS = 60

/** The circuit breaker after an attempt. */
export function circuitAfter(before: Circuit, succeeded: boolean, nowMs: number): Circuit {
  if (succeeded) return CLOSED
  const failures = before.failures + 1
  return { failures, probeAtMs: failures >= OPEN_AFTER_FAILURES ? nowMs + PROBE_SECONDS * 1000 : 0 }
}

/** How many messages may be sent to one destination at a time. */
const MAX_AT_ONCE = 5

/**
 * How many messages may be sent to a destination now: five at a time, or one per minute while its circuit breaker is
 * open.
 *
 * @param underWay messages that are being sent to it.
 */
export function roomAt(circuit: Circuit, underWay: number, nowMs: number): number {
  if (circuit.probeAtMs === 0) return MAX_AT_ONCE - underWay
  return circuit.probeAtMs <= nowMs ? 1 - underWay : 0
}
