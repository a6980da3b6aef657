import type { Env } from '../config.ts'
import type { OperatorEvent } from './job.ts'
import type { TaskOutcome } from './ledger/outcome.ts'
import type { WatchedKind } from './watched-kinds.ts'

/**
 * The methods that the Durable Objects of this layer call on each other. Importing each other's classes would be a
 * cycle; layers above use the classes (`bindings.ts`).
 */
interface LedgerPeer {
  taskSeen: (job: string) => Promise<void>
  taskEnded: (job: string, result: TaskOutcome) => Promise<void>
  batchEnded: (batch: string, body: Uint8Array<ArrayBuffer>) => Promise<void>
  emit: (
    event: OperatorEvent,
    data: Record<string, unknown>,
    origin: string,
    once?: { name: string; lifetimeMs: number },
  ) => Promise<void>
}

/** A watched task or batch: for a job, or to correct a charge. */
export interface WatchedTask {
  kind: WatchedKind
  /** The id; for a charge the path of the lookup, since the task itself may be watched for a job too. */
  task: string
  /** The key. */
  ledger: string
  /** The job; empty for a batch; for a charge the charged task. */
  job: string
  /** The target that created the task. */
  home: string
}

interface PollerPeer {
  watch: (task: WatchedTask) => Promise<void>
}

/**
 * The name of the operator's ledger, whose endpoints receive the events of the gateway. It cannot be the id of a key.
 */
export const OPERATOR = 'operator'

export function ledgerPeer({ LEDGER }: Pick<Env, 'LEDGER'>, name: string): LedgerPeer {
  return LEDGER.getByName(name) as unknown as LedgerPeer
}

export function pollerPeer({ POLLER }: Pick<Env, 'POLLER'>, name: string): PollerPeer {
  return POLLER.getByName(name) as unknown as PollerPeer
}
