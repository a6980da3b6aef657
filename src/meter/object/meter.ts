import { DurableObject } from 'cloudflare:workers'
import type { Env } from '../../config.ts'
import { REGISTRY_NAME } from '../../keys/registry.ts'
import type { LimitState, ReservationRequest, Settled, Verdict } from '../metering.ts'
import { type UsageSum, UsageSums } from '../usage-sum.ts'
import { type ErrorRow, readErrors } from './errors-table.ts'
import { Limiter } from './limiter.ts'
import { DAYS_FROM, hasTables, migrate, readFact } from './migrations.ts'
import {
  deleteOwned,
  insertOwned,
  listOwned,
  type Owned,
  type OwnedKind,
  pruneOwned,
  readOwned,
} from './owned-table.ts'
import { Recorder } from './recorder.ts'
import type { Registry } from './registry.ts'
import { type NumberedRow, pruneRing, type RingQuery, readRing } from './request-ring.ts'
import { pruneSpent, SPENT_DAYS } from './reservations.ts'
import {
  type LatencySum,
  type OwnDimension,
  sumLatency,
  sumUsage,
  type UsageAsked,
  type UsageRow,
} from './usage-steps.ts'
import { pruneUsage } from './usage-table.ts'

/** How often a meter deletes old days and session tokens. */
const METER_PRUNE_SECONDS = 60

/** Tables that an object exists for; the others say something of these. */
const CONTENT = ['owned', 'reservations', 'spent', 'sessions', 'usage', 'usage_days', 'requests']

/** When an object that is not used is looked through: what an end user spent is no longer needed then. */
const METER_IDLE_DAYS = SPENT_DAYS + 1

/**
 * What one client key owns, may use and has used: one object per key, and one per end user where users have limits of
 * their own. Strongly consistent, because KV may lag a minute: a task is asked for within a second of its submission,
 * and a limit that a thousand requests meet at once must let exactly as many through as it says.
 *
 * No method waits for anything between reading and writing, so each is one step that no other request comes into. Reads
 * of an object that was never written create nothing in it.
 */
export class Meter extends DurableObject<Env> {
  #isMigrated = false
  #limiter: Limiter | undefined
  #prunedMs = 0
  #recorder: Recorder | undefined

  /**
   * Lets requests through or refuses them, one by one in their order and in one transaction.
   *
   * @param settled earlier requests that have ended, which come first.
   * @param logSize rows that the request log keeps.
   */
  reserve(requests: ReservationRequest[], settled: Settled[], logSize = 0): Verdict[] {
    return this.#write(requests[0]?.reservation.nowMs, (_, limiter, recorder) => {
      recorder.record(settledUsage(limiter, settled), logSize)
      return requests.map((request) => limiter.reserve(request))
    })
  }

  /** Settles reserved requests: corrects their charges and records their usage. A second time changes nothing. */
  settle(settled: Settled[], logSize = 0): void {
    this.#write(settled[0]?.nowMs, (_, limiter, recorder) =>
      recorder.record(settledUsage(limiter, settled), logSize),
    )
  }

  /** Records usage without reservations; a repetition would count twice. */
  record(sums: UsageSum[], logSize = 0): void {
    this.#write(sums[0]?.startedMs, (_, limiter, recorder) => {
      for (const { startedMs, measures } of sums) {
        const { input_tokens, output_tokens, money } = measures
        limiter.add(startedMs, { tokens: input_tokens + output_tokens, money })
      }
      recorder.record(sums, logSize)
    })
  }

  /** What {@link reserve} would answer to one request; nothing is charged. */
  check(request: ReservationRequest): Verdict {
    return this.#write(request.reservation.nowMs, (_, limiter) => limiter.check(request))
  }

  /** What is left of every limit; settlements that an isolate still gathers are not in it. */
  left(bounds: Omit<ReservationRequest, 'reservation'>, nowMs: number): LimitState[] {
    return this.#write(nowMs, (_, limiter) => limiter.left(bounds, nowMs))
  }

  /** Takes back reservations whose requests were never made. */
  release(ids: string[]): void {
    this.#write(undefined, (_, limiter) => {
      for (const id of ids) limiter.release(id)
    })
  }

  /** Sums of this key's usage between two days or hours, both included; money in nanos. Other calls are served meanwhile. */
  async usage(asked: UsageAsked): Promise<UsageRow[]> {
    const reading = this.#read((sql) =>
      sumUsage(sql, asked, readFact(sql, DAYS_FROM), () => scheduler.wait(0)),
    )
    return (await reading) ?? []
  }

  /** Histograms of latencies between two hours, both included. */
  latency(from: string, to: string, by: OwnDimension[]): LatencySum[] {
    return this.#read((sql) => sumLatency(sql, from, to, by)) ?? []
  }

  /** How often requests ended with which error between two days, both included. */
  errors(from: string, to: string): ErrorRow[] {
    return this.#read((sql) => readErrors(sql, from, to)) ?? []
  }

  /** Rows of the request log, newest first. */
  requests(query: RingQuery, nowMs: number): NumberedRow[] {
    return this.#read((sql) => readRing(sql, query, nowMs)) ?? []
  }

  /** Records that this key made something; what DashScope has long deleted is forgotten on the way. */
  own(kind: OwnedKind, owned: Owned, nowMs: number): void {
    this.#write(nowMs, (sql) => {
      insertOwned(sql, kind, owned, nowMs)
      pruneOwned(sql, nowMs)
    })
  }

  /** Which of these ids this key owns. */
  owned(kind: OwnedKind, ids: string[]): Owned[] {
    return this.#read((sql) => readOwned(sql, kind, ids)) ?? []
  }

  /** Forgets what was deleted at DashScope. */
  disown(kind: OwnedKind, id: string): void {
    this.#write(undefined, (sql) => deleteOwned(sql, kind, id, Date.now()))
  }

  /**
   * One page of what this key owns, newest first.
   *
   * @param after the last id of the page before, which may be deleted by now; undefined for the first page.
   */
  list(kind: OwnedKind, after: string | undefined, limit: number): Owned[] {
    return this.#read((sql) => listOwned(sql, kind, after, limit)) ?? []
  }

  override alarm(): Promise<void> {
    return this.tidy(Date.now())
  }

  /**
   * Reports usage to the registry, and deletes what is past its lifetime; and the object itself where nothing is left: an end
   * user may never come back.
   */
  async tidy(nowMs: number): Promise<void> {
    await this.#report()
    const isEmpty = this.#write(undefined, (sql, limiter) => {
      limiter.prune(nowMs)
      this.#prune(sql, nowMs)
      pruneOwned(sql, nowMs)
      pruneRing(sql, nowMs)
      return CONTENT.every((table) => sql.exec(`SELECT 1 FROM ${table} LIMIT 1`).toArray().length === 0)
    })
    if (!isEmpty) return this.#tidyLater(nowMs)
    this.#isMigrated = false
    this.#limiter = undefined
    this.#recorder = undefined
    this.#prunedMs = 0
    await this.ctx.storage.deleteAll()
  }

  /** A report that fails is made again by the alarm, which the runtime repeats. */
  async #report(): Promise<void> {
    const key = this.ctx.id.name
    const registry = (this.env.REGISTRY as DurableObjectNamespace<Registry>).getByName(REGISTRY_NAME)
    if (key === undefined || !hasTables(this.ctx.storage.sql)) return
    this.#write(undefined, () => undefined)
    await this.#recorder?.report((lastUsedMs, days) => registry.report(key, lastUsedMs, days))
  }

  /**
   * One transaction over the tables of today. Where it fails, memory is read from the tables again.
   *
   * @param nowMs the callers' time; where it is known, old rows are deleted now and then.
   */
  #write<Result>(
    nowMs: number | undefined,
    work: (sql: SqlStorage, limiter: Limiter, recorder: Recorder) => Result,
  ): Result {
    const { storage } = this.ctx
    if (!this.#isMigrated) {
      migrate(storage)
      this.#isMigrated = true
      this.#tidyLater(Date.now())
    }
    this.#limiter ??= new Limiter(storage.sql)
    this.#recorder ??= new Recorder(storage.sql, (atMs) => void storage.setAlarm(atMs))
    const [limiter, recorder] = [this.#limiter, this.#recorder]
    try {
      return storage.transactionSync(() => {
        const result = work(storage.sql, limiter, recorder)
        limiter.flush()
        if (nowMs !== undefined && nowMs >= this.#prunedMs + METER_PRUNE_SECONDS * 1000) {
          this.#prune(storage.sql, nowMs)
        }
        return result
      })
    } catch (thrown) {
      this.#limiter = undefined
      this.#recorder = undefined
      throw thrown
    }
  }

  /** Reads an object that has tables; of one that has none there is nothing to read, and reading makes none. */
  #read<Result>(work: (sql: SqlStorage) => Result): Result | undefined {
    const { storage } = this.ctx
    if (!this.#isMigrated) {
      if (!hasTables(storage.sql)) return undefined
      migrate(storage)
      this.#isMigrated = true
    }
    return work(storage.sql)
  }

  #tidyLater(nowMs: number): void {
    void this.ctx.storage.setAlarm(nowMs + METER_IDLE_DAYS * 86_400_000)
  }

  #prune(sql: SqlStorage, nowMs: number): void {
    this.#prunedMs = nowMs
    pruneSpent(sql, nowMs)
    pruneUsage(sql, nowMs)
  }
}

/** Settles requests, and sums up the usage of those that were not settled before. */
function settledUsage(limiter: Limiter, settled: readonly Settled[]): UsageSum[] {
  const sums = new UsageSums()
  for (const { reservation, usage, ...charge } of settled) {
    if (limiter.settle(reservation, charge) && usage) sums.add(usage)
  }
  return sums.all()
}
