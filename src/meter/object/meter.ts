import type { OwnedKind } from '../../dashscope/ownable.ts'
import type {
  LimitState,
  ReservationRequest,
  Settled,
  TaskCharge,
  TaskCorrection,
  Verdict,
} from '../metering.ts'
import { spentBy } from '../spent.ts'
import { type UsageSum, UsageSums } from '../usage-sum.ts'
import { type ErrorRow, readErrors } from './errors-table.ts'
import { GroupSums } from './group-sums.ts'
import { type RowWithBody, withKept } from './kept-requests.ts'
import { type HourDimension, type LatencySum, sumLatency } from './latency-steps.ts'
import type { Limiter } from './limiter.ts'
import { MeterUpkeep, UNSEEN_MS } from './meter-upkeep.ts'
import { DAYS_FROM, readFact } from './migrations.ts'
import { deleteOwned, insertOwned, type Owned, pruneOwned, readOwned, selectOwned } from './owned-table.ts'
import { type RingQuery, readRing } from './request-ring.ts'
import { insertTaskCharge, markRecorded, readTaskCharge, takeTaskCharge } from './task-charges.ts'
import { sumUsage, type UsageAsked, type UsageResult } from './usage-steps.ts'

/**
 * How often ownership records of expired objects are deleted: this scans everything that the key created in a week.
 */
const OWNED_PRUNE_SECONDS = 3600

/**
 * The ownership, limits and usage of one client key: one object per key, and one per end user
 * that has limits or owns objects. It is strongly consistent, because KV may lag by a minute: a task is looked up within a second of its
 * submission, and a limit must be exact under a thousand concurrent requests.
 *
 * No method awaits between reading and writing, so each is atomic. Reading an object that was never written creates
 * no tables.
 */
export class Meter extends MeterUpkeep {
  #ownedPrunedMs = 0

  /**
   * Grants or refuses requests, one by one in order, in one transaction.
   *
   * @param settled requests that have ended, which are settled first.
   * @param logSize the maximum number of rows in the request log.
   */
  reserve(requests: ReservationRequest[], settled: Settled[], logSize = 0): Verdict[] {
    return this.write(requests[0]?.reservation.nowMs, (sql, limiter, recorder) => {
      recorder.record(settledUsage(sql, limiter, settled), logSize)
      return requests.map((request) => limiter.reserve(request))
    })
  }

  /** Settles reserved requests: corrects their charges and records their usage. Settling again has no effect. */
  settle(settled: Settled[], logSize = 0): void {
    this.write(settled[0]?.nowMs, (sql, limiter, recorder) =>
      recorder.record(settledUsage(sql, limiter, settled), logSize),
    )
  }

  /** Records usage without reservations; repeating the call would count twice. */
  record(sums: UsageSum[], logSize = 0): void {
    this.write(sums[0]?.startedMs, (_, limiter, recorder) => {
      for (const { startedMs, measures } of sums) {
        limiter.add(startedMs, spentBy(measures))
      }
      recorder.record(sums, logSize)
    })
  }

  /** The verdict that {@link reserve} would give for one request; nothing is charged. */
  check(request: ReservationRequest): Verdict {
    return this.write(request.reservation.nowMs, (_, limiter) => limiter.check(request))
  }

  /** Records the charge of a submitted task. */
  chargeTask(task: string, charge: TaskCharge): void {
    this.write(charge.atMs, (sql) => insertTaskCharge(sql, task, charge))
    if (charge.lookUp) this.ctx.waitUntil(this.wakeBy(charge.atMs + UNSEEN_MS))
  }

  /** The charge of a task; undefined if it was already corrected. */
  taskCharge(task: string): TaskCharge | undefined {
    return this.read((sql) => readTaskCharge(sql, task))
  }

  /** Corrects the charge of a task. Correcting again has no effect. */
  settleTask(task: string, { atMs, nowMs, session, usage, whole, ...spent }: TaskCorrection): void {
    this.write(nowMs, (sql, limiter, recorder) => {
      const charge = takeTaskCharge(sql, task)
      if (!charge) return
      const { unrecorded } = charge
      // A later settlement of the request is then recognized as a duplicate.
      if (unrecorded !== undefined && limiter.settle(unrecorded, { atMs, nowMs, ...whole.spent }))
        return recorder.record([whole.usage], 0)
      limiter.add(atMs, spent, session)
      if (usage) recorder.record([usage], 0)
    })
  }

  /** The remaining quota of every limit, without settlements that isolates have not sent yet. */
  left(bounds: Omit<ReservationRequest, 'reservation'>, nowMs: number): LimitState[] {
    return this.write(nowMs, (_, limiter) => limiter.left(bounds, nowMs))
  }

  /** Releases reservations whose requests were never sent. */
  release(ids: string[]): void {
    this.write(undefined, (_, limiter) => {
      for (const id of ids) limiter.release(id)
    })
  }

  /**
   * Sums of this key's usage between two days or hours, both included; money in nanos. Other calls are served in
   * between.
   */
  async usage(asked: UsageAsked): Promise<UsageResult> {
    const reading = this.read((sql) =>
      sumUsage(sql, asked, readFact(sql, DAYS_FROM), () => scheduler.wait(0)),
    )
    return (await reading) ?? new GroupSums(asked.by).packed()
  }

  /** Histograms of latencies between two hours, both included. Other calls are served meanwhile. */
  async latency(from: string, to: string, by: HourDimension[]): Promise<LatencySum[]> {
    const reading = this.read((sql) => sumLatency(sql, from, to, by, () => scheduler.wait(0)))
    return (await reading) ?? []
  }

  /** How often requests ended with each error between two days, both included. */
  errors(from: string, to: string): ErrorRow[] {
    return this.read((sql) => readErrors(sql, from, to)) ?? []
  }

  /** Rows of the request log, newest first. */
  requests(query: RingQuery, nowMs: number): RowWithBody[] {
    return this.read((sql) => withKept(sql, readRing(sql, query, nowMs), query.bodies, nowMs)) ?? []
  }

  /** Records an object that this key created; also deletes records of expired objects now and then. */
  own(kind: OwnedKind, owned: Owned, nowMs: number): void {
    this.write(nowMs, (sql) => {
      insertOwned(sql, kind, owned, nowMs)
      if (nowMs < this.#ownedPrunedMs + OWNED_PRUNE_SECONDS * 1000) return
      this.#ownedPrunedMs = nowMs
      pruneOwned(sql, nowMs)
    })
  }

  /** Which of these ids this key owns. */
  owned(kind: OwnedKind, ids: string[]): Owned[] {
    return this.read((sql) => readOwned(sql, kind, ids)) ?? []
  }

  /** Removes the record of an object that was deleted at DashScope. */
  disown(kind: OwnedKind, id: string): void {
    this.write(undefined, (sql) => deleteOwned(sql, kind, id, Date.now()))
  }

  /**
   * One page of the objects that this key owns, newest first.
   *
   * @param after the last id of the previous page, which may have been deleted since; undefined for the first page.
   */
  list(kind: OwnedKind, after: string | undefined, limit: number): Owned[] {
    return this.read((sql) => selectOwned(sql, kind, after, limit)) ?? []
  }
}

/** Settles requests, and returns the usage of those that were not settled before. */
function settledUsage(sql: SqlStorage, limiter: Limiter, settled: readonly Settled[]): UsageSum[] {
  const sums = new UsageSums()
  for (const { reservation, task, usage, ...charge } of settled) {
    if (limiter.settle(reservation, charge) && usage) sums.add(usage)
    if (task !== undefined) markRecorded(sql, task)
  }
  return sums.all()
}
