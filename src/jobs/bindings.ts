import type { Env } from '../config.ts'
import type { Ledger } from './ledger/ledger.ts'
import type { Poller } from './poller.ts'

export { OPERATOR } from './peers.ts'

/** The ledgers of all keys, by their ids. The binding with its class: `config.ts` is below this room and cannot name it. */
export function ledgersOf({ LEDGER }: Pick<Env, 'LEDGER'>): DurableObjectNamespace<Ledger> {
  return LEDGER as DurableObjectNamespace<Ledger>
}

/** The pollers of all DashScope accounts, by the ids of their targets. */
export function pollersOf({ POLLER }: Pick<Env, 'POLLER'>): DurableObjectNamespace<Poller> {
  return POLLER as DurableObjectNamespace<Poller>
}
