import { DurableObject } from 'cloudflare:workers'
import type { LimitState, ReservationRequest, Settled, Verdict } from '../metering.ts'
import { type UsageSum, UsageSums } from '../usage-sum.ts'
import { Limiter } from './limiter.ts'
import { hasTables, migrate } from './migrations.ts'
import {
  deleteOwned,
  insertOwned,
  listOwned,
  type Owned,
  type OwnedKind,
  pruneOwned,
  readOwned,
} from './owned-table.ts'
import { pruneSpent, SPENT_DAYS } from './reservations.ts'
import { type OwnDimension, pruneUsage, readUsage, recordUsage, type UsageRow } from './usage-table.ts'

/** How often a meter deletes old days and session tokens. */
const METER_PRUNE_SECONDS = 60

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
export class Meter extends DurableObject {
  #isMigrated = false
  #limiter: Limiter | undefined
  #prunedMs = 0

  /**
   * Lets requests through or refuses them, one by one in their order and in one transaction.
   *
   * @param settled earlier requests that have ended, which come first.
   */
  reserve(requests: ReservationRequest[], settled: Settled[]): Verdict[] {
    return this.#write(requests[0]?.reservation.nowMs, (sql, limiter) => {
      this.#settle(sql, limiter, settled)
      return requests.map((request) => limiter.reserve(request))
    })
  }

  /** Settles reserved requests: corrects their charges and records their usage. A second time changes nothing. */
  settle(settled: Settled[]): void {
    this.#write(settled[0]?.nowMs, (sql, limiter) => this.#settle(sql, limiter, settled))
  }

  /** Records usage without reservations; a repetition would count twice. */
  record(sums: UsageSum[]): void {
    this.#write(sums[0]?.startedMs, (sql, limiter) => {
      for (const sum of sums) {
        const { input_tokens, output_tokens, money } = sum.measures
        limiter.add(sum.startedMs, { tokens: input_tokens + output_tokens, money })
        recordUsage(sql, sum)
      }
    })
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

  /** Sums of this key's usage between two UTC days, both included; money in nanos. */
  usage(from: string, to: string, by: OwnDimension[]): UsageRow[] {
    return this.#read((sql) => readUsage(sql, from, to, by)) ?? []
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

  /** Deletes what is past its lifetime, and the object itself where nothing is left: an end user may never come back. */
  async tidy(nowMs: number): Promise<void> {
    const isEmpty = this.#write(undefined, (sql, limiter) => {
      limiter.prune(nowMs)
      this.#prune(sql, nowMs)
      pruneOwned(sql, nowMs)
      const tables = ['owned', 'reservations', 'spent', 'sessions', 'usage']
      const rows = tables.map((table) => `SELECT 1 FROM ${table}`).join(' UNION ALL ')
      return sql.exec(`${rows} LIMIT 1`).toArray().length === 0
    })
    if (!isEmpty) return this.#tidyLater(nowMs)
    this.#isMigrated = false
    this.#limiter = undefined
    this.#prunedMs = 0
    await this.ctx.storage.deleteAll()
  }

  #settle(sql: SqlStorage, limiter: Limiter, settled: readonly Settled[]): void {
    const sums = new UsageSums()
    for (const { reservation, usage, ...charge } of settled) {
      if (limiter.settle(reservation, charge) && usage) sums.add(usage)
    }
    for (const sum of sums.all()) recordUsage(sql, sum)
  }

  /**
   * One transaction over the tables of today. Where it fails, memory is read from the tables again.
   *
   * @param nowMs the callers' time; where it is known, old rows are deleted now and then.
   */
  #write<Result>(nowMs: number | undefined, work: (sql: SqlStorage, limiter: Limiter) => Result): Result {
    const { storage } = this.ctx
    if (!this.#isMigrated) {
      migrate(storage)
      this.#isMigrated = true
      this.#tidyLater(Date.now())
    }
    this.#limiter ??= new Limiter(storage.sql)
    const limiter = this.#limiter
    try {
      return storage.transactionSync(() => {
        const result = work(storage.sql, limiter)
        limiter.flush()
        if (nowMs !== undefined && nowMs >= this.#prunedMs + METER_PRUNE_SECONDS * 1000) {
          this.#prune(storage.sql, nowMs)
        }
        return result
      })
    } catch (thrown) {
      this.#limiter = undefined
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
