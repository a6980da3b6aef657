import { GatewayError } from '../errors.ts'
import type { Principal } from '../policy/key-record.ts'
import { keyMeter, type LimitedMeter, limitedMeters, limitedUser } from './limited-meters.ts'
import type { Reservation, Settled, Verdict } from './metering.ts'
import { METER_RETRY_AFTER_SECONDS } from './metering.ts'
import type { MeterContext } from './meters.ts'
import { reserveAt } from './reservation-queue.ts'
import type { Settlement } from './settlement.ts'
import { addSettled, queueUsage } from './settlement-queue.ts'
import { spentBy } from './spent.ts'
import { usageSumOf } from './usage-sum.ts'

/**
 * The meters of one request: that of its key, and that of its end user if end users have limits. Calls are batched
 * with those of other requests of the isolate.
 */
export class MeterClient {
  readonly #context: MeterContext

  constructor(context: MeterContext) {
    this.#context = context
  }

  /**
   * Reserves a request at all meters in parallel. If one refuses, the reservations at the others are released. Limits
   * are never exceeded, but in between a request of another user may be refused although the place becomes free
   * again; this is the price of a single round trip.
   *
   * @param onFailure what to do if a meter fails (LIMITS_FAIL).
   * @returns a refusal if there is one, with the states of all limits; allowed without a call if there are no limits.
   * @throws GatewayError `unavailable` with `Retry-After` if a meter fails and `onFailure` is `refuse`.
   */
  async reserve(
    principal: Principal,
    reservation: Reservation,
    onFailure: 'refuse' | 'allow',
  ): Promise<Verdict> {
    const meters = limitedMeters(principal)
    if (meters.length === 0) return { allowed: true, states: [] }
    const results = await Promise.allSettled(
      meters.map(({ name, ...bounds }) =>
        reserveAt(this.#context, name, { ...bounds, reservation }, onFailure === 'refuse'),
      ),
    )
    const verdicts = results.map((result) => (result.status === 'fulfilled' ? result.value : undefined))
    const failed = onFailure === 'refuse' && results.find((result) => result.status === 'rejected')
    const refusals = verdicts.filter((verdict) => verdict !== undefined && !verdict.allowed)
    if (failed || refusals.length > 0) {
      const granted = meters.filter((_, index) => verdicts[index]?.allowed)
      await this.#releaseAt(granted, reservation.id)
    }
    if (failed) throw unavailable(failed.reason)
    const states = verdicts.flatMap((verdict) => verdict?.states ?? [])
    const [longest] = refusals.toSorted((one, other) => other.retryAfterSeconds - one.retryAfterSeconds)
    return longest ? { ...longest, states } : { allowed: true, states }
  }

  /** Records the usage of a request that has ended. Must be called after the response; it is not awaited. */
  settle(principal: Principal, settlement: Settlement): void {
    const usage = usageSumOf(settlement, this.#context.calendar)
    const { reservation, task, startedMs, nowMs } = settlement
    if (reservation === undefined) {
      queueUsage(this.#context, keyMeter(principal), usage, nowMs)
      return
    }
    const charge = { atMs: startedMs, nowMs, ...spentBy(usage.measures) }
    const settled: Settled = { reservation, ...charge }
    addSettled(this.#context, keyMeter(principal), { ...settled, usage, ...(task !== undefined && { task }) })
    const user = limitedUser(principal)
    if (user) addSettled(this.#context, user.name, settled)
  }

  /** Releases the reservation of a request that was not sent upstream. */
  async release(principal: Principal, id: string): Promise<void> {
    await this.#releaseAt(limitedMeters(principal), id)
  }

  async #releaseAt(meters: readonly LimitedMeter[], id: string): Promise<void> {
    await Promise.allSettled(
      meters.map(async ({ name }) => this.#context.meters.getByName(name).release([id])),
    )
  }
}

function unavailable(cause: unknown): GatewayError {
  return new GatewayError('unavailable', 'The meter of this key does not respond. Try again in a moment.', {
    headers: { 'retry-after': String(METER_RETRY_AFTER_SECONDS) },
    cause,
  })
}
