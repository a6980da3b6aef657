import { USAGE_BATCH_MS } from '../constants.ts'
import type { Meter } from './meter.ts'
import type { Settlement } from './metering.ts'

type Meters = DurableObjectNamespace<Meter>

/** Settlements that wait to be told, by key; plain data, which requests of an isolate may share. */
const waiting = new Map<string, Settlement[]>()

/**
 * Tells a key's meter what was used, gathered with what other requests use within USAGE_BATCH_MS: nobody waits for it, and a
 * meter that is called once a second costs a thousandth of one that is called for every request.
 *
 * Only for requests without a reservation; those are settled at once.
 *
 * @param keepAlive `ctx.waitUntil`; the first request of a batch sends it.
 */
export function settleLater(
  meters: Meters,
  keyId: string,
  settlement: Settlement,
  keepAlive: (work: Promise<unknown>) => void,
): void {
  const batch = waiting.get(keyId)
  if (batch) {
    batch.push(settlement)
    return
  }
  waiting.set(keyId, [settlement])
  keepAlive(scheduler.wait(USAGE_BATCH_MS).then(() => send(meters, keyId)))
}

async function send(meters: Meters, keyId: string): Promise<void> {
  const batch = waiting.get(keyId) ?? []
  waiting.delete(keyId)
  await meters.getByName(keyId).settleAll(batch)
}
