import type { Principal } from '../policy/key-record.ts'
import { settleLater } from './batch.ts'
import type { Settlement } from './metering.ts'
import { METER_RETRY_AFTER_SECONDS } from './metering.ts'
import type { Meters } from './meters.ts'
import { settle } from './reserve.ts'

/** Hears of settlements that no meter took. */
export type Lost = (settlements: readonly Settlement[], cause: unknown) => void

/** Where settlements go, and how work is kept going behind the answer (`ctx.waitUntil`). */
export interface SettlingTarget {
  meters: Meters
  lost: Lost
  keepAlive: (work: Promise<unknown>) => void
}

/** Whether requests of this caller have more than one meter to tell, which no batch does. */
export function mustSettleAtOnce({ policy, user }: Principal): boolean {
  return user !== undefined && policy.user_limits !== undefined
}

/**
 * Settles a request that has ended: with the next batch, or at once where it must be. A reservation is known by its id, so
 * that settling it can be tried once more where the meter fails; after that it expires by itself.
 */
export async function settleSoon(
  { meters, lost, keepAlive }: SettlingTarget,
  principal: Principal,
  settlement: Settlement,
): Promise<void> {
  if (settlement.reservation === undefined || !mustSettleAtOnce(principal)) {
    settleLater({ meters, lost }, principal.keyId, settlement, keepAlive)
    return
  }
  try {
    await settle(meters, principal, settlement).catch(async () => {
      await scheduler.wait(METER_RETRY_AFTER_SECONDS * 1000)
      await settle(meters, principal, settlement)
    })
  } catch (cause) {
    lost([settlement], cause)
  }
}
