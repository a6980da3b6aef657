import { USAGE_BATCH_MS, USAGE_BATCH_OVERDUE_MS } from '../constants.ts'
import type { Meter } from './meter.ts'
import type { Settlement } from './metering.ts'

/** The meters of all keys, and what becomes of settlements that a meter did not take. */
export interface BatchTarget {
  meters: DurableObjectNamespace<Meter>
  lost: (settlements: readonly Settlement[], cause: unknown) => void
}

interface Batch {
  settlements: Settlement[]
  /** When it counts as forgotten by the request that was to send it. */
  overdueMs: number
}

/** Settlements that wait to be told, by key; plain data, which requests of an isolate may share. */
const waiting = new Map<string, Batch>()

/**
 * Tells a key's meter what was used, gathered with what other requests use within USAGE_BATCH_MS: nobody waits for it, and
 * a meter that is called once a second costs a thousandth of one that is called for every request.
 *
 * Only for requests without a reservation; those are settled at once. A batch that its meter does not take is lost and
 * not sent again, because a meter cannot tell a second time from a first one without a reservation.
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
  const batch = waiting.get(keyId)
  if (batch && settlement.nowMs < batch.overdueMs) {
    batch.settlements.push(settlement)
    return
  }
  const next: Batch = {
    settlements: [...(batch?.settlements ?? []), settlement],
    overdueMs: settlement.nowMs + USAGE_BATCH_OVERDUE_MS,
  }
  waiting.set(keyId, next)
  keepAlive(scheduler.wait(USAGE_BATCH_MS).then(() => send(target, keyId, next)))
}

async function send({ meters, lost }: BatchTarget, keyId: string, batch: Batch): Promise<void> {
  if (waiting.get(keyId) !== batch) return
  waiting.delete(keyId)
  try {
    await meters.getByName(keyId).settleAll(batch.settlements)
  } catch (cause) {
    lost(batch.settlements, cause)
  }
}
