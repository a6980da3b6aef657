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
 * The meters, for one request: that of its key, and that of its end user where end users have limits. What is sent is
 * gathered with what other requests of the isolate send.
 */
export class MeterClient {
  readonly #context: MeterContext

  constructor(context: MeterContext) {
    this.#context = context
  }

  /**
   * Asks the meters whether a request may go upstream, all at the same moment. Where one of them refuses, the others take
   * their reservation back: no limit is ever passed, and in the moment between a request of another user may be refused for
   * a place that becomes free again, which is the price of one round trip.
   *
   * @param onFailure what a meter that does not answer means (LIMITS_FAIL).
   * @returns a refusal if there is one, with the states of all limits; allowed without a question if there are none.
   * @throws GatewayError `unavailable` with `Retry-After` if a meter does not answer and `onFailure` is `refuse`.
   */
  async reserve(
    principal: Principal,
    reservation: Reservation,
    onFailure: 'refuse' | 'allow',
  ): Promise<Verdict> {
    const meters = limitedMeters(principal)
    if (meters.length === 0) return { allowed: true, states: [] }
    const answers = await Promise.allSettled(
      meters.map(({ name, ...bounds }) =>
        reserveAt(this.#context, name, { ...bounds, reservation }, onFailure === 'refuse'),
      ),
    )
    const verdicts = answers.map((answer) => (answer.status === 'fulfilled' ? answer.value : undefined))
    const failed = onFailure === 'refuse' && answers.find((answer) => answer.status === 'rejected')
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

  /** Records what a request used that has ended. Belongs after the response; nothing waits for it. */
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

  /** Takes back the reservation of a request that was not sent upstream after all. */
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
  return new GatewayError('unavailable', 'The meter of this key does not answer. Try again in a moment.', {
    headers: { 'retry-after': String(METER_RETRY_AFTER_SECONDS) },
    cause,
  })
}
