import { type Env, readConfig } from '../config.ts'
import { ledgersOf } from '../jobs/bindings.ts'
import { type TryResult, tryResult } from '../jobs/deliver.ts'
import type { StoredDelivery } from '../jobs/ledger/deliveries-table.ts'
import { EVENT_RETRIES, EVENT_SENDER } from '../jobs/ledger/hook-messages.ts'
import { registerSender } from '../jobs/senders.ts'
import type { HookEvent } from './events/event.ts'
import { handleEvent } from './hook-job.ts'
import { findHook } from './hook-store.ts'

registerSender(EVENT_SENDER, { retries: () => EVENT_RETRIES, send: takeUp })

/** Creates the job of an event whose request ended early after the event was stored. Never rejects. */
async function takeUp(env: Env, { destination, payload, origin }: StoredDelivery): Promise<TryResult> {
  const atMs = Date.now()
  try {
    const config = readConfig(env)
    const opened = await findHook(env, config, destination.kind === 'sender' ? destination.data : '', atMs)
    if (!opened) return tryResult(atMs, { outcome: 'gone', error: 'The hook was deleted.' })
    const { id }: { id: string } = JSON.parse(payload)
    const stored = await ledgersOf(env).getByName(opened.hook.key).hookEvent(id)
    const event: HookEvent | null = stored ? JSON.parse(stored.event) : null
    if (!event) return tryResult(atMs, { outcome: 'gone', error: 'The event was deleted.' })
    await handleEvent(opened.hook, { id, event }, { env, config, origin, nowMs: atMs })
    return tryResult(atMs, { outcome: 'delivered' })
  } catch (cause) {
    return tryResult(atMs, {
      error: `The job of the event was not created: ${cause instanceof Error ? cause.message : cause}`,
    })
  }
}
