/**
 * The failures of a destination host, and its pause. Messages can wait, so one attempt a minute is enough to notice that
 * the host works again; the circuit breakers of DashScope's regions and keys (`upstream/breaker.ts`) keep requests from
 * waiting, and so open sooner, for times that double.
 */
export interface DestinationPause {
  /** Failed attempts since the last success. */
  failures: number
  /** When the next message may be sent; 0 if the destination is not paused. */
  nextMs: number
}

/** The initial state of a destination. */
export const UNPAUSED: DestinationPause = { failures: 0, nextMs: 0 }

/** Consecutive failures that pause a destination. */
const PAUSE_AFTER_FAILURES = 10

/** How often a paused destination gets one message. */
const PAUSE_SECONDS = 60

/** How many messages may be sent to one destination at a time. */
const MAX_AT_ONCE = 5

/** The pause after an attempt; the first success ends it. */
export function pauseAfter(before: DestinationPause, succeeded: boolean, nowMs: number): DestinationPause {
  if (succeeded) return UNPAUSED
  const failures = before.failures + 1
  return { failures, nextMs: failures >= PAUSE_AFTER_FAILURES ? nowMs + PAUSE_SECONDS * 1000 : 0 }
}

/**
 * How many messages may be sent to a destination now: five at a time, or one per minute while it is paused.
 *
 * @param underWay messages that are being sent to it.
 */
export function roomAt({ nextMs }: DestinationPause, underWay: number, nowMs: number): number {
  if (nextMs === 0) return MAX_AT_ONCE - underWay
  return nextMs <= nowMs ? 1 - underWay : 0
}
