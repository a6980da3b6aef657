/** How far a delay is moved at random, so that messages that failed together are not all tried again together. */
const JITTER = 0.2

/** The longest `Retry-After` that is obeyed; a receiver that asks for more is tried by the schedule's own delay. */
const MAX_RETRY_AFTER_SECONDS = 86_400

/** What decides on the next try of a message. */
export interface NextTry {
  /** Tries made so far, the last one included. */
  tries: number
  /** Seconds before the second, third, … try (WEBHOOK_RETRIES). */
  retries: readonly number[]
  nowMs: number
  /** What the receiver's `Retry-After` asked for; undefined if it was absent. */
  retryAfterMs: number | undefined
  /** From 0 up to 1. */
  random: number
}

/**
 * When a message that was not taken is sent again.
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

/** What the gateway knows of a destination host: whether it takes messages at all. */
export interface Circuit {
  /** Failed tries since the last success. */
  failures: number
  /** When the next message may be tried as a probe; 0 while the circuit is closed. */
  probeAtMs: number
}

/** A destination that nothing is known of. */
export const CLOSED: Circuit = { failures: 0, probeAtMs: 0 }

/** Failures in a row that open a circuit. */
const OPEN_AFTER_FAILURES = 10

/** How often an open circuit breaker allows one message. */
const PROBE_SECONDS = 60

/** The circuit after a try. */
export function circuitAfter(before: Circuit, succeeded: boolean, nowMs: number): Circuit {
  if (succeeded) return CLOSED
  const failures = before.failures + 1
  return { failures, probeAtMs: failures >= OPEN_AFTER_FAILURES ? nowMs + PROBE_SECONDS * 1000 : 0 }
}

/** How many messages may be on the way to one destination. */
const MAX_AT_ONCE = 5

/**
 * How many messages may be sent to a destination now: five at a time, one a minute while its circuit is open.
 *
 * @param underWay messages that are being sent to it.
 */
export function roomAt(circuit: Circuit, underWay: number, nowMs: number): number {
  if (circuit.probeAtMs === 0) return MAX_AT_ONCE - underWay
  return circuit.probeAtMs <= nowMs ? 1 - underWay : 0
}
