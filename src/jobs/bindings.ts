import type { Env } from '../config.ts'
import type { Ledger } from './ledger/ledger.ts'
import type { Poller } from './poller.ts'

export { OPERATOR } from './peers.ts'

/**
 * The ledgers of all keys, by their ids. This adds the class to the type of the binding: `config.ts` is in a lower
 * layer and cannot import it.
 */
export function ledgersOf({ LEDGER }: Pick<Env, 'LEDGER'>): DurableObjectNamespace<Ledger> {
  return LEDGER as DurableObjectNamespace<Ledger>
}

/** The pollers of all DashScope accounts, by the ids of their targets. */
export function pollersOf({ POLLER }: Pick<Env, 'POLLER'>): DurableObjectNamespace<Poller> {
  return POLLER as DurableObjectNamespace<Poller>
}
