import type { Config } from '../config.ts'
import { priceOf } from '../dashscope/prices.ts'
import type { TaskResult } from '../dashscope/task-result.ts'
import { NO_USAGE } from '../dashscope/usage.ts'
import type { Principal } from '../policy/key-record.ts'
import { keyMeter, limitedUser } from './limited-meters.ts'
import { MEASURES, type Measures } from './measures.ts'
import type { TaskCharge, TaskCorrection, TaskLookUp } from './metering.ts'
import type { Meters } from './meters.ts'
import type { Ending } from './settlement.ts'
import { spentBy } from './spent.ts'
import { type UsageSum, usageSumOf } from './usage-sum.ts'

/** The configuration for counting money and days. */
type TaskBilling = Pick<Config, 'billing' | 'calendar'>

/** The ending of the request that submitted a task, set when its result is known; until then it is `complete`. */
const ENDINGS: Readonly<Record<TaskResult['status'], Ending>> = {
  SUCCEEDED: 'complete',
  FAILED: 'refused',
  CANCELED: 'left',
}

/**
 * Records the charge of a task, before the caller gets the id of the task.
 *
 * @param lookUp how to look up the result; undefined if something else watches the task.
 */
export async function chargeTask(
  meters: Meters,
  principal: Principal,
  task: string,
  { lookUp, ...noted }: Omit<TaskCharge, 'lookUp'> & { lookUp?: Omit<TaskLookUp, 'meters'> },
): Promise<void> {
  const { unrecorded, ...atUser } = noted
  const charge = { ...noted, ...(lookUp && { lookUp: { ...lookUp, meters: metersOf(principal) } }) }
  await Promise.all(
    metersOf(principal).map((name) =>
      meters.getByName(name).chargeTask(task, name === keyMeter(principal) ? charge : atUser),
    ),
  )
}

/**
 * Corrects the charge of a task when its result is known. Correcting again has no effect, so callers and the poller
 * need no coordination.
 */
export function settleTask(
  meters: Meters,
  principal: Principal,
  task: string,
  seen: SeenResult,
): Promise<void> {
  return settleAt(meters, metersOf(principal), task, seen)
}

/** The result of a task, and the configuration for counting money and days. */
export interface SeenResult {
  result: TaskResult
  config: TaskBilling
  nowMs: number
}

/** Like {@link settleTask}, for meters given by name; the first is that of the key. */
export async function settleAt(
  meters: Meters,
  names: readonly string[],
  task: string,
  seen: SeenResult,
): Promise<void> {
  await Promise.all(
    names.map(async (name, index) => {
      const meter = meters.getByName(name)
      const charge = await meter.taskCharge(task)
      if (!charge) return
      const { usage, ...correction } = correctionOf(charge, seen.result, seen.config, seen.nowMs)
      await meter.settleTask(task, index === 0 ? { ...correction, usage } : correction)
    }),
  )
}

/**
 * The amount to add to the charge of a task. A success without usage stays charged with its estimate; a failed or
 * canceled task is not charged, unless it reports usage anyway.
 */
export function correctionOf(
  charge: TaskCharge,
  { status, usage = status === 'SUCCEEDED' ? charge.usage : NO_USAGE, money: priced }: TaskResult,
  { billing, calendar }: TaskBilling,
  nowMs: number,
): TaskCorrection & { usage: UsageSum } {
  const { atMs, model, user, endpoint, region, session, money } = charge
  const names = { startedMs: atMs, nowMs, model, user, endpoint, region }
  const before = usageSumOf({ ...names, ending: 'complete', usage: charge.usage, money }, calendar)
  const spent = priced ?? priceOf(model, region, usage, billing) ?? money
  const after = usageSumOf({ ...names, ending: ENDINGS[status], usage, money: spent }, calendar)
  const measures = difference(after.measures, before.measures)
  return {
    atMs,
    nowMs,
    ...spentBy(measures),
    ...(session !== undefined && { session }),
    usage: { ...after, measures },
    whole: { spent: spentBy(after.measures), usage: after },
  }
}

/** The meters that a task is charged to: that of the key, and that of the end user if users have limits. */
function metersOf(principal: Principal): string[] {
  const user = limitedUser(principal)
  return [keyMeter(principal), ...(user ? [user.name] : [])]
}

function difference(after: Measures, before: Measures): Measures {
  return Object.fromEntries(
    MEASURES.map((measure) => [measure, after[measure] - before[measure]]),
  ) as Measures
}
