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
import type { Limiter } from './limiter.ts'
import { MeterStorage, UNSEEN_MS } from './meter-storage.ts'
import { DAYS_FROM, readFact } from './migrations.ts'
import { deleteOwned, insertOwned, type Owned, pruneOwned, readOwned, selectOwned } from './owned-table.ts'
import { type NumberedRow, type RingQuery, readRing } from './request-ring.ts'
import { insertTaskCharge, markRecorded, readTaskCharge, takeTaskCharge } from './task-charges.ts'
import {
  type LatencySum,
  type OwnDimension,
  sumLatency,
  sumUsage,
  type UsageAnswer,
  type UsageAsked,
} from './usage-steps.ts'

/** How often a meter forgets what DashScope has long deleted: a scan of everything that the key made in a week. */
const OWNED_PRUNE_SECONDS = 3600

/**
 * What one client key owns, may use and has used: one object per key, and one per end user if users have limits of
 * their own. Strongly consistent, because KV may lag a minute: a task is asked for within a second of its submission,
 * and a limit that a thousand requests meet at once must grant exactly as many as it allows.
 *
 * No method waits for anything between reading and writing, so each is one step that no other request comes into. Reads
 * of an object that was never written create nothing in it.
 */
export class Meter extends MeterStorage {
  #ownedPrunedMs = 0

  /**
   * Lets requests through or refuses them, one by one in their order and in one transaction.
   *
   * @param settled earlier requests that have ended, which come first.
   * @param logSize rows that the request log keeps.
   */
  reserve(requests: ReservationRequest[], settled: Settled[], logSize = 0): Verdict[] {
    return this.write(requests[0]?.reservation.nowMs, (sql, limiter, recorder) => {
      recorder.record(settledUsage(sql, limiter, settled), logSize)
      return requests.map((request) => limiter.reserve(request))
    })
  }

  /** Settles reserved requests: corrects their charges and records their usage. A second time changes nothing. */
  settle(settled: Settled[], logSize = 0): void {
    this.write(settled[0]?.nowMs, (sql, limiter, recorder) =>
      recorder.record(settledUsage(sql, limiter, settled), logSize),
    )
  }

  /** Records usage without reservations; a repetition would count twice. */
  record(sums: UsageSum[], logSize = 0): void {
    this.write(sums[0]?.startedMs, (_, limiter, recorder) => {
      for (const { startedMs, measures } of sums) {
        limiter.add(startedMs, spentBy(measures))
      }
      recorder.record(sums, logSize)
    })
  }

  /** What {@link reserve} would answer to one request; nothing is charged. */
  check(request: ReservationRequest): Verdict {
    return this.write(request.reservation.nowMs, (_, limiter) => limiter.check(request))
  }

  /** Notes what a submitted task was charged with. */
  chargeTask(task: string, charge: TaskCharge): void {
    this.write(charge.atMs, (sql) => insertTaskCharge(sql, task, charge))
    if (charge.lookUp) this.ctx.waitUntil(this.wakeBy(charge.atMs + UNSEEN_MS))
  }

  /** What a task was charged with; undefined if its result was seen before. */
  taskCharge(task: string): TaskCharge | undefined {
    return this.read((sql) => readTaskCharge(sql, task))
  }

  /** Corrects the charge of a task. Only the first time changes anything. */
  settleTask(task: string, { atMs, nowMs, session, usage, whole, ...spent }: TaskCorrection): void {
    this.write(nowMs, (sql, limiter, recorder) => {
      const charge = takeTaskCharge(sql, task)
      if (!charge) return
      const { unrecorded } = charge
      // A settlement of the request that comes later is then recognised as a repetition.
      if (unrecorded !== undefined && limiter.settle(unrecorded, { atMs, nowMs, ...whole.spent }))
        return recorder.record([whole.usage], 0)
      limiter.add(atMs, spent, session)
      if (usage) recorder.record([usage], 0)
    })
  }

  /** What is left of every limit; settlements that an isolate still gathers are not in it. */
  left(bounds: Omit<ReservationRequest, 'reservation'>, nowMs: number): LimitState[] {
    return this.write(nowMs, (_, limiter) => limiter.left(bounds, nowMs))
  }

  /** Takes back reservations whose requests were never made. */
  release(ids: string[]): void {
    this.write(undefined, (_, limiter) => {
      for (const id of ids) limiter.release(id)
    })
  }

  /** Sums of this key's usage between two days or hours, both included; money in nanos. Other calls are served meanwhile. */
  async usage(asked: UsageAsked): Promise<UsageAnswer> {
    const reading = this.read((sql) =>
      sumUsage(sql, asked, readFact(sql, DAYS_FROM), () => scheduler.wait(0)),
    )
    return (await reading) ?? new GroupSums(asked.by).packed()
  }

  /** Histograms of latencies between two hours, both included. */
  latency(from: string, to: string, by: OwnDimension[]): LatencySum[] {
    return this.read((sql) => sumLatency(sql, from, to, by)) ?? []
  }

  /** How often requests ended with which error between two days, both included. */
  errors(from: string, to: string): ErrorRow[] {
    return this.read((sql) => readErrors(sql, from, to)) ?? []
  }

  /** Rows of the request log, newest first. */
  requests(query: RingQuery, nowMs: number): NumberedRow[] {
    return this.read((sql) => readRing(sql, query, nowMs)) ?? []
  }

  /** Records that this key made something; what DashScope has long deleted is forgotten on the way. */
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

  /** Forgets what was deleted at DashScope. */
  disown(kind: OwnedKind, id: string): void {
    this.write(undefined, (sql) => deleteOwned(sql, kind, id, Date.now()))
  }

  /**
   * One page of what this key owns, newest first.
   *
   * @param after the last id of the page before, which may be deleted by now; undefined for the first page.
   */
  list(kind: OwnedKind, after: string | undefined, limit: number): Owned[] {
    return this.read((sql) => selectOwned(sql, kind, after, limit)) ?? []
  }
}

/** Settles requests, and sums up the usage of those that were not settled before. */
function settledUsage(sql: SqlStorage, limiter: Limiter, settled: readonly Settled[]): UsageSum[] {
  const sums = new UsageSums()
  for (const { reservation, task, usage, ...charge } of settled) {
    if (limiter.settle(reservation, charge) && usage) sums.add(usage)
    if (task !== undefined) markRecorded(sql, task)
  }
  return sums.all()
}
