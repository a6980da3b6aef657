import type { Endpoint } from '../dashscope/endpoint.ts'
import { GatewayError } from '../errors.ts'

/**
 * The longest timeout that can be requested; DashScope's slowest models take up to an hour (`x-dashscope-timeout`).
 */
const MAX_TIMEOUT_SECONDS = 3600

/** DashScope may think for 300 s before a stream's first byte (API reference, time limits); its own error comes soon after. */
const STREAM_FIRST_BYTE_SECONDS = 330

/** Some models think for a long time before the first byte; `x-dashscope-timeout` of 600 has been seen. */
const THINKING_FIRST_BYTE_SECONDS = 600

/** The official SDKs for Python and Java give up a stream after 300 s without a byte; the gateway waits longer. */
const STREAM_IDLE_SECONDS = 330

/** How long a request may take, in milliseconds. */
export interface Deadlines {
  /** All attempts together, until the first byte. */
  totalMs: number
  /** One attempt, until the first byte. */
  firstByteMs: number
  /** Between two chunks of a stream that JavaScript relays. */
  idleMs: number
  /** The caller shortened the deadline, so a timeout is not counted against the upstream. */
  isShortened: boolean
}

/**
 * The deadlines of a request. `fetch` does not report when a connection is established, so connecting counts towards
 * the first byte. A non-streaming response arrives as a whole, after as long as DashScope takes to write it (300 s,
 * for some models up to an hour: API reference, time limits), so only the operator's UPSTREAM_TIMEOUT_SECONDS bounds
 * it.
 *
 * @param wanted the header `X-Edge-Timeout`: whole seconds; it can only shorten.
 * @param totalMs UPSTREAM_TIMEOUT_SECONDS in milliseconds.
 * @throws GatewayError `invalid` if the header is not such a number.
 */
export function deadlinesOf(
  { firstByteSeconds }: Endpoint,
  mode: { stream: boolean; thinking: boolean },
  wanted: string | null | undefined,
  totalMs: number,
): Deadlines {
  const streamSeconds = mode.thinking ? THINKING_FIRST_BYTE_SECONDS : STREAM_FIRST_BYTE_SECONDS
  const ownSeconds = mode.stream ? streamSeconds : firstByteSeconds
  const firstByteMs = Math.min(totalMs, 1000 * (ownSeconds ?? MAX_TIMEOUT_SECONDS))
  const own = { totalMs, firstByteMs, idleMs: 1000 * STREAM_IDLE_SECONDS, isShortened: false }
  if (wanted === null || wanted === undefined) return own
  const wantedMs = readTimeoutMs(wanted)
  return {
    totalMs: Math.min(totalMs, wantedMs),
    firstByteMs: Math.min(firstByteMs, wantedMs),
    idleMs: Math.min(own.idleMs, wantedMs),
    isShortened: wantedMs < firstByteMs,
  }
}

function readTimeoutMs(value: string): number {
  const seconds = /^\d{1,5}$/.test(value) ? Number(value) : 0
  if (seconds >= 1 && seconds <= MAX_TIMEOUT_SECONDS) return 1000 * seconds
  throw new GatewayError(
    'invalid',
    `The header X-Edge-Timeout must be a whole number of seconds from 1 to ${MAX_TIMEOUT_SECONDS}.`,
  )
}
