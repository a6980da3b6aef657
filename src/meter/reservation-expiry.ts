import type { Deadlines } from '../upstream/deadlines.ts'

/** A stream may go on this long after the deadline of its first byte. */
const MARGIN_MS = 300_000

/** A caller may shorten its deadline, but not the stream that follows. */
const SHORTEST_MS = 900_000

/**
 * When a reservation without a settlement stops counting as in flight: later than the request can end, so that a slow
 * request stays within the limits while it runs.
 *
 * @returns milliseconds since 1970.
 */
export function reservationExpiryMs(nowMs: number, { totalMs }: Pick<Deadlines, 'totalMs'>): number {
  return nowMs + Math.max(SHORTEST_MS, totalMs + MARGIN_MS)
}
