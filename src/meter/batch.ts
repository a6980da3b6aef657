import type { Settlement } from './metering.ts'
import { METER_RETRY_AFTER_SECONDS } from './metering.ts'
import type { Meters } from './meters.ts'

/** How long usage is gathered in an isolate before the meter is told: one call for all requests of that time. */
const USAGE_BATCH_MS = 1000

/**
 * How long settlements of reservations are gathered, where no reservation comes that takes them along: so long other
 * isolates find places in flight taken and estimates charged, no longer than a meter far away takes to hear of anything.
 */
const SETTLEMENT_BATCH_MS = 25

/** From then on the request that was to send a batch has been ended by the runtime, and the next one sends it. */
export const USAGE_BATCH_OVERDUE_MS = 10_000

/** The meters of all keys, and what becomes of settlements that a meter did not take. */
export interface BatchTarget {
  meters: Meters
  lost: (settlements: readonly Settlement[], cause: unknown) => void
}

interface Batch {
  settlements: Settlement[]
  /** When it counts as forgotten by the request that was to send it. */
  overdueMs: number
}

/** How settlements of one kind are told. */
interface Gathering {
  forMs: number
  /** Settlements that wait to be told, by key; plain data, which requests of an isolate may share. */
  waiting: Map<string, Batch>
  /** Whether a batch that its meter did not take is sent once more. */
  isRepeatable: boolean
}

/** Nobody waits for it; and without a reservation a meter cannot tell a second time from a first one. */
const USAGE: Gathering = { forMs: USAGE_BATCH_MS, waiting: new Map(), isRepeatable: false }

/** Gives back what was reserved too much. */
const RESERVED: Gathering = { forMs: SETTLEMENT_BATCH_MS, waiting: new Map(), isRepeatable: true }

/**
 * Tells a key's meter what was used, gathered with what other requests use within USAGE_BATCH_MS, or SETTLEMENT_BATCH_MS
 * where something was reserved: most of a settlement's cost is the call and the write to the disk, which a batch has once.
 *
 * A batch that its meter does not take is lost; what it reserved stays charged as it was estimated.
 *
 * @param keepAlive `ctx.waitUntil`; the first request of a batch sends it. Where the runtime ended that request before, the
 *   first one after USAGE_BATCH_OVERDUE_MS takes the batch over.
 */
export function settleLater(
  target: BatchTarget,
  keyId: string,
  settlement: Settlement,
  keepAlive: (work: Promise<unknown>) => void,
): void {
  const gathering = settlement.reservation === undefined ? USAGE : RESERVED
  const batch = gathering.waiting.get(keyId)
  if (batch && settlement.nowMs < batch.overdueMs) {
    batch.settlements.push(settlement)
    return
  }
  const next: Batch = {
    settlements: [...(batch?.settlements ?? []), settlement],
    overdueMs: settlement.nowMs + USAGE_BATCH_OVERDUE_MS,
  }
  gathering.waiting.set(keyId, next)
  keepAlive(scheduler.wait(gathering.forMs).then(() => send(target, keyId, next, gathering)))
}

/** Settlements that a reservation takes along to the meter, and what to do where the meter did not take them. */
export interface Riders {
  settlements: Settlement[]
  failed: () => void
}

/**
 * Takes the settlements of reservations that wait for a key's meter, for a reservation to take along: it costs no call of
 * their own, and who asks again as soon as an answer is there finds it settled.
 *
 * @param keepAlive `ctx.waitUntil` of the request that reserves.
 */
export function takeRiders(
  target: BatchTarget,
  keyId: string,
  keepAlive: (work: Promise<unknown>) => void,
): Riders {
  const settlements = RESERVED.waiting.get(keyId)?.settlements ?? []
  RESERVED.waiting.delete(keyId)
  return {
    settlements,
    failed: () => {
      if (settlements.length > 0) keepAlive(sendAgain(target, keyId, settlements))
    },
  }
}

async function send(
  { meters, lost }: BatchTarget,
  keyId: string,
  batch: Batch,
  { waiting, isRepeatable }: Gathering,
): Promise<void> {
  if (waiting.get(keyId) !== batch) return
  waiting.delete(keyId)
  try {
    await meters.getByName(keyId).settleAll(batch.settlements)
  } catch (cause) {
    if (isRepeatable) await sendAgain({ meters, lost }, keyId, batch.settlements)
    else lost(batch.settlements, cause)
  }
}

async function sendAgain(
  { meters, lost }: BatchTarget,
  keyId: string,
  settlements: Settlement[],
): Promise<void> {
  try {
    await scheduler.wait(METER_RETRY_AFTER_SECONDS * 1000)
    await meters.getByName(keyId).settleAll(settlements)
  } catch (cause) {
    lost(settlements, cause)
  }
}
