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

/** The report to the key's meter after a job has ended: the usage of its run, or the end of the caller's own task. */
export type JobSettlement =
  | { kind: 'run'; settlement: RunSettlement }
  | { kind: 'task'; task: string; result: TaskResult }

/** The report of a run to the meter; it always has a reservation, by which duplicates are detected. */
export type RunSettlement = Settlement & { reservation: string }

/** The name of the reservation of a job's run; settling it again has no effect. */
export function reservationOf({ id, runs }: Pick<StoredJob, 'id' | 'runs'>): string {
  return `${id}-${runs}`
}

/**
 * The usage of a response: as reported by DashScope, or as reserved if a success reports none (promise P9).
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

/** The end of a task that a caller submitted itself; undefined if its result is unknown. */
export function taskSettlementOf(
  { taskId }: Pick<StoredJob, 'taskId'>,
  body: Uint8Array | undefined,
): JobSettlement | undefined {
  const result = body && taskResultIn(parseObject(textOf(body)))
  return result && taskId !== null ? { kind: 'task', task: taskId, result } : undefined
}

/** The reserved usage of a call, charged if DashScope may have processed it without reporting usage. */
export function reservedUsage({ estimate }: Pick<StoredJob['call'], 'estimate'>): Usage {
  return { ...estimate, estimated: true }
}

/** How a run ended: with DashScope's response, or with status 0 without one. */
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
