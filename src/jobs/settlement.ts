import type { Config } from '../config.ts'
import { isBilled } from '../dashscope/endpoint.ts'
import { findEndpoint } from '../dashscope/endpoints.ts'
import { priceOf } from '../dashscope/prices.ts'
import { usageOf } from '../dashscope/read-usage.ts'
import { targetsAt } from '../dashscope/targets.ts'
import { type TaskResult, taskResultIn } from '../dashscope/task-result.ts'
import { NO_USAGE, type Usage } from '../dashscope/usage.ts'
import { parseObject } from '../lib/json/object.ts'
import { textOf } from '../lib/json/utf8.ts'
import { describeRow } from '../meter/describe-row.ts'
import type { Ending, Settlement } from '../meter/settlement.ts'
import type { StoredJob } from './ledger/jobs-table.ts'

/** What the meter of the key is to learn of a job that has ended: what its run used, or how the caller's own task ended. */
export type JobSettlement =
  | { kind: 'run'; settlement: RunSettlement }
  | { kind: 'task'; task: string; result: TaskResult }

/** The report of a run to the meter; it always names a reservation, by which a repetition is recognised. */
export type RunSettlement = Settlement & { reservation: string }

/** The name of the reservation of a job's run; settling it a second time changes nothing. */
export function reservationOf({ id, runs }: Pick<StoredJob, 'id' | 'runs'>): string {
  return `${id}-${runs}`
}

/**
 * What a response used: as DashScope says, or as it was reserved if a success names no usage (promise P9).
 *
 * @param body the response, or the result of a task.
 */
export function usageIn(body: Uint8Array, status: number, { call }: StoredJob): Usage {
  if (status !== 200) return NO_USAGE
  const found = findEndpoint(call.method, new URL(call.path, 'https://job.invalid').pathname)
  const where = found.kind === 'endpoint' ? found.endpoint.usage : undefined
  if (!where) return NO_USAGE
  try {
    return usageOf(JSON.parse(textOf(body)), where) ?? reservedUsage(call)
  } catch {
    return reservedUsage(call)
  }
}

/** The end of a task that a caller submitted itself; undefined if its result was not seen. */
export function taskSettlementOf(
  { taskId }: Pick<StoredJob, 'taskId'>,
  body: Uint8Array | undefined,
): JobSettlement | undefined {
  const result = body && taskResultIn(parseObject(textOf(body)))
  return result && taskId !== null ? { kind: 'task', task: taskId, result } : undefined
}

/** What was reserved for a call: charged where DashScope may have worked and nothing says how much. */
export function reservedUsage({ estimate }: Pick<StoredJob['call'], 'estimate'>): Usage {
  return { ...estimate, estimated: true }
}

/** How a run ended: with a response of DashScope's, or status 0 without one. */
export interface RunEnd {
  ending: Ending
  status: number
  code?: string
}

/** The report to the meter of the key when a run of a job has ended. */
export function settlementOf(
  job: StoredJob,
  { ending, ...seen }: RunEnd,
  usage: Usage,
  nowMs: number,
  config: Config,
): RunSettlement {
  const { call, createdMs } = job
  const { principal, model } = call
  const [{ region }] = targetsAt(config.targets, job.home) ?? config.targets
  const found = findEndpoint(call.method, new URL(call.path, 'https://job.invalid').pathname)
  const isFree = found.kind === 'endpoint' && !isBilled(found.endpoint)
  const endpoint = found.kind === 'endpoint' ? found.endpoint.name : ''
  const money = priceOf(model, region, usage, config.billing) ?? (isFree ? 0 : undefined)
  const reservation = reservationOf(job)
  const { status, code } = seen
  const named = { status, ...(code !== undefined && { code }) }
  const totalMs = nowMs - createdMs
  const row = describeRow({
    id: reservation,
    principal,
    startedMs: createdMs,
    totalMs,
    model,
    endpoint,
    region,
    ...named,
    ending,
    used: { usage, money },
  })
  return {
    reservation,
    startedMs: createdMs,
    nowMs,
    model,
    user: principal.user ?? '',
    endpoint,
    region,
    ending,
    usage,
    money,
    response: { ...named, totalMs },
    ...(config.requestLog > 0 && { row }),
  }
}
