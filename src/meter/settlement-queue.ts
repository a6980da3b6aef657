import { MAX_KEPT_REQUESTS } from './kept-request.ts'
import { METER_RETRY_AFTER_SECONDS, type Settled } from './metering.ts'
import type { MeterContext } from './meters.ts'
import { type UsageSum, UsageSums } from './usage-sum.ts'

/** How long an isolate collects usage before it is sent: one call for all requests of that time. */
const USAGE_BATCH_MS = 1000

/**
 * How long settlements are collected, unless they are sent along with a reservation. Short, because until then other
 * isolates see the requests as in flight and their estimates as charged.
 */
const SETTLEMENT_BATCH_MS = 25

/** After this time the request that should send a batch was ended by the runtime, and the next request sends it. */
export const BATCH_OVERDUE_MS = 10_000

/** A pending batch. Contains only plain data, which requests of an isolate may share. */
interface Batch<Content> {
  content: Content
  overdueMs: number
}

/** Usage without reservations, by key. */
const usage = new Map<string, Batch<UsageSums>>()

/** Settlements of reservations, by the name of their meter. */
const settled = new Map<string, Batch<Settled[]>>()

/**
 * Adds a request's usage to the batch of its key. The first request of a batch sends it within USAGE_BATCH_MS. A
 * batch whose call fails is lost: without a reservation a meter cannot detect duplicates.
 */
export function queueUsage(context: MeterContext, keyId: string, sum: UsageSum, nowMs: number): void {
  const known = usage.get(keyId)
  const batch = known ?? { content: new UsageSums(), overdueMs: 0 }
  batch.content.add(sum)
  if (nowMs < batch.overdueMs) return
  batch.overdueMs = nowMs + BATCH_OVERDUE_MS
  usage.set(keyId, batch)
  context.keepAlive(scheduler.wait(USAGE_BATCH_MS).then(() => sendUsage(context, keyId, batch)))
}

/**
 * Adds a settlement to the batch of its meter, which is sent within SETTLEMENT_BATCH_MS or along with a reservation.
 */
export function addSettled(context: MeterContext, meter: string, settlement: Settled): void {
  const batch = settled.get(meter) ?? { content: [], overdueMs: 0 }
  batch.content.push(settlement)
  dropKept(batch.content.at(-1 - MAX_KEPT_REQUESTS))
  if (settlement.nowMs < batch.overdueMs) return
  batch.overdueMs = settlement.nowMs + BATCH_OVERDUE_MS
  settled.set(meter, batch)
  context.keepAlive(scheduler.wait(SETTLEMENT_BATCH_MS).then(() => sendSettled(context, meter, batch)))
}

/** Drops bodies that newer ones of the same batch would replace: together they could exceed the size of a call. */
function dropKept(old: Settled | undefined): void {
  if (!old?.usage?.kept) return
  const { kept: _kept, ...usage } = old.usage
  old.usage = usage
}

/** Removes and returns the pending settlements of a meter, for a call to it. */
export function takePending(meter: string): Settled[] {
  const pending = settled.get(meter)?.content ?? []
  settled.delete(meter)
  return pending
}

/** Retries settlements once after a short delay; if that fails, the estimates stay charged. */
export async function sendAgain(context: MeterContext, meter: string, again: Settled[]): Promise<void> {
  if (again.length === 0) return
  try {
    await scheduler.wait(METER_RETRY_AFTER_SECONDS * 1000)
    await context.meters.getByName(meter).settle(again, context.logSize)
  } catch (cause) {
    reportLost(
      context,
      meter,
      again.flatMap(({ usage }) => usage ?? []),
      cause,
    )
  }
}

async function sendSettled(context: MeterContext, meter: string, batch: Batch<Settled[]>): Promise<void> {
  if (settled.get(meter) !== batch) return
  settled.delete(meter)
  try {
    await context.meters.getByName(meter).settle(batch.content, context.logSize)
  } catch {
    await sendAgain(context, meter, batch.content)
  }
}

async function sendUsage(context: MeterContext, keyId: string, batch: Batch<UsageSums>): Promise<void> {
  if (usage.get(keyId) !== batch) return
  usage.delete(keyId)
  const sums = batch.content.all()
  try {
    await context.meters.getByName(keyId).record(sums, context.logSize)
  } catch (cause) {
    reportLost(context, keyId, sums, cause)
  }
}

/**
 * Reports lost usage. Only the meter of a key has usage; in the meter of an end user, a lost settlement leaves the
 * estimate charged.
 */
function reportLost(context: MeterContext, keyId: string, sums: readonly UsageSum[], cause: unknown): void {
  if (sums.length === 0) return
  const lost = { requests: 0, tokens: 0 }
  for (const { measures } of sums) {
    lost.requests += measures.requests
    lost.tokens += measures.input_tokens + measures.output_tokens
  }
  context.lost(keyId, lost, cause)
}
