import { type Config, type Env, readConfig } from '../config.ts'
import { taskResultIn } from '../dashscope/task-result.ts'
import { parseObject } from '../lib/json/object.ts'
import { textOf } from '../lib/json/utf8.ts'
import { meterNamespace } from '../meter/meters.ts'
import { settleAt } from '../meter/task-charge.ts'
import type { LookUpResponse } from './look-up.ts'
import { ledgerPeer, type WatchedTask } from './peers.ts'

/** Whether a task still needs to be watched: a charge does not after a caller has seen the result. */
export async function isWanted(env: Env, { kind, ledger, job }: WatchedTask): Promise<boolean> {
  if (kind !== 'charge') return true
  try {
    return (await meterNamespace(env).getByName(ledger).taskCharge(job)) !== undefined
  } catch {
    return true
  }
}

/**
 * Reports to the ledger that a task or batch has ended or is no longer known. Throws if that fails.
 *
 * @param taskStatus `UNKNOWN` if DashScope no longer has it.
 */
export async function reportEnd(
  env: Env,
  watched: WatchedTask,
  taskStatus: string,
  response: LookUpResponse,
  nowMs: number,
): Promise<void> {
  const { kind, task, ledger, job, home } = watched
  if (kind === 'charge') return settleCharge(env, watched, response, readConfig(env), nowMs)
  const peer = ledgerPeer(env, ledger)
  if (kind === 'batch') return peer.batchEnded(task, response.body)
  return peer.taskEnded(job, { ...response, task, taskStatus, home })
}

/** Corrects the charge of a task. The charge of an unknown task stays. */
async function settleCharge(
  env: Env,
  { ledger, job }: WatchedTask,
  { body }: LookUpResponse,
  config: Config,
  nowMs: number,
): Promise<void> {
  const meters = meterNamespace(env)
  const result = taskResultIn(parseObject(textOf(body)))
  const charge = await meters.getByName(ledger).taskCharge(job)
  if (result && charge?.lookUp) await settleAt(meters, charge.lookUp.meters, job, { result, config, nowMs })
}
