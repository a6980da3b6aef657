import type { Env } from '../config.ts'
import { ledgersOf } from '../jobs/bindings.ts'
import type { Card } from './replies/platform.ts'

/** The progress of the reply to an event. It is stored in the ledger, since any isolate may continue. */
export interface ReplyState {
  /** The text so far, for platforms that poll for it. */
  text?: string
  /** The card that shows the text. */
  card?: Card | undefined
  /** Messages of the reply that were sent; a retry continues after them. */
  sent?: number
}

/** The state of a job's reply; empty before it started. */
export async function readReplyState(env: Env, key: string, job: string): Promise<ReplyState> {
  const stored = await ledgersOf(env).getByName(key).replyState(job)
  return stored === undefined ? {} : JSON.parse(stored)
}

export async function keepReplyState(env: Env, key: string, job: string, state: ReplyState): Promise<void> {
  await ledgersOf(env).getByName(key).keepReplyState(job, JSON.stringify(state))
}
