import type { Env } from '../config.ts'
import type { OperatorEvent } from './job.ts'
import type { TaskOutcome } from './ledger/outcome.ts'
import type { WatchedKind } from './watched-kinds.ts'

/**
 * What the Durable Objects of this room ask of each other. They cannot import each other's classes without a cycle; rooms
 * above use the classes (`bindings.ts`).
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

/** A task that is watched for a job or for its charge, or a batch. */
export interface WatchedTask {
  kind: WatchedKind
  /** For a charge the path of its lookup: the task itself may be watched for a job, too. */
  task: string
  /** The key. */
  ledger: string
  /** Empty for a batch; for a charge the task that was charged. */
  job: string
  /** The target that made the task. */
  home: string
}

interface PollerPeer {
  watch: (task: WatchedTask) => Promise<void>
}

/** The name of the operator's own ledger: its endpoints get the events of the gateway. No key's id looks like it. */
export const OPERATOR = 'operator'

export function ledgerPeer({ LEDGER }: Pick<Env, 'LEDGER'>, name: string): LedgerPeer {
  return LEDGER.getByName(name) as unknown as LedgerPeer
}

export function pollerPeer({ POLLER }: Pick<Env, 'POLLER'>, name: string): PollerPeer {
  return POLLER.getByName(name) as unknown as PollerPeer
}
