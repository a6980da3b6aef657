import { DurableObject } from 'cloudflare:workers'
import { type Env, readConfig } from '../../config.ts'
import { REGISTRY_NAME } from '../../keys/registry.ts'
import { Limiter } from './limiter.ts'
import { hasTables, migrateMeter } from './migrations.ts'
import { pruneOwned } from './owned-table.ts'
import { Recorder } from './recorder.ts'
import type { Registry } from './registry.ts'
import { pruneRing } from './request-ring.ts'
import { pruneSpent, SPENT_DAYS } from './reservations.ts'
import { markWatched, oldestUnseenMs, pruneTaskCharges, unseenTasks } from './task-charges.ts'
import { pruneUsage } from './usage-table.ts'

/** How often a meter deletes old days and session tokens. */
const METER_PRUNE_SECONDS = 60

/** How long callers have to look at the result of a task, before the gateway does it for the sake of their bill. */
export const UNSEEN_MS = 10 * 60_000

/** What a meter asks of the poller of an account, which is in a room above this one. */
interface PollerPeer {
  watch: (task: { kind: 'charge'; task: string; ledger: string; job: string; home: string }) => Promise<void>
}

/** Tables that an object exists for; the others say something of these. */
const CONTENT = ['owned', 'reservations', 'spent', 'sessions', 'usage', 'usage_days', 'requests']

/** When an object that is not used is looked through: what an end user spent is no longer needed then. */
const METER_IDLE_MS = (SPENT_DAYS + 1) * 86_400_000

/**
 * The storage of a meter: its tables, what it keeps of them in memory, and when they are reported and pruned. Reads of an
 * object that was never written create nothing in it.
 */
export abstract class MeterStorage extends DurableObject<Env> {
  #isMigrated = false
  #limiter: Limiter | undefined
  #prunedMs = 0
  #recorder: Recorder | undefined
  #waking: Promise<void> | undefined

  override alarm(): Promise<void> {
    return this.tidy(Date.now())
  }

  /**
   * Reports usage to the registry, and deletes what is past its lifetime; and the object itself where nothing is left: an end
   * user may never come back.
   */
  async tidy(nowMs: number): Promise<void> {
    await this.#report()
    await this.#watchUnseen(nowMs)
    const isEmpty = this.write(undefined, (sql, limiter) => {
      limiter.prune(nowMs)
      this.#prune(sql, nowMs)
      pruneOwned(sql, nowMs)
      pruneTaskCharges(sql, nowMs)
      pruneRing(sql, nowMs)
      return CONTENT.every((table) => sql.exec(`SELECT 1 FROM ${table} LIMIT 1`).toArray().length === 0)
    })
    if (!isEmpty) return this.#tidyLater(nowMs)
    this.#isMigrated = false
    this.#limiter = undefined
    this.#recorder = undefined
    this.#prunedMs = 0
    // An alarm that is set afterwards would outlive the object.
    await this.#waking
    await this.ctx.storage.deleteAll()
  }

  /** A report that fails is made again by the alarm, which the runtime repeats. */
  async #report(): Promise<void> {
    const key = this.ctx.id.name
    const registry = (this.env.REGISTRY as DurableObjectNamespace<Registry>).getByName(REGISTRY_NAME)
    if (key === undefined || !hasTables(this.ctx.storage.sql)) return
    this.write(undefined, () => undefined)
    await this.#recorder?.report((lastUsedMs, days) => registry.report(key, lastUsedMs, days))
  }

  /** Has the alarm come at a moment, unless it comes earlier anyway. */
  protected async wakeBy(atMs: number): Promise<void> {
    const { storage } = this.ctx
    const alarmMs = await storage.getAlarm()
    if (alarmMs === null || alarmMs > atMs) await storage.setAlarm(atMs)
  }

  /** Has the poller look at tasks whose results no caller has seen: their estimates would stay charged. */
  async #watchUnseen(nowMs: number): Promise<void> {
    const key = this.ctx.id.name
    if (key === undefined) return
    const unseen = this.read((sql) => unseenTasks(sql, nowMs - UNSEEN_MS)) ?? []
    for (const { task, home, path } of unseen) {
      const poller = this.env.POLLER.getByName(home) as unknown as PollerPeer
      await poller.watch({ kind: 'charge', task: path, ledger: key, job: task, home })
      this.write(undefined, (sql) => markWatched(sql, task))
    }
  }

  /**
   * One transaction over the tables of today. Where it fails, memory is read from the tables again.
   *
   * @param nowMs the callers' time; where it is known, old rows are deleted now and then.
   */
  protected write<Result>(
    nowMs: number | undefined,
    work: (sql: SqlStorage, limiter: Limiter, recorder: Recorder) => Result,
  ): Result {
    const { storage } = this.ctx
    const wasAsleep = !this.#isMigrated
    if (wasAsleep) migrateMeter(storage)
    this.#isMigrated = true
    this.#limiter ??= new Limiter(storage.sql, readConfig(this.env).calendar)
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
    } finally {
      // It may have an alarm for a report or for tasks already.
      if (wasAsleep) this.#waking = this.wakeBy(Date.now() + METER_IDLE_MS)
    }
  }

  /** Reads an object that has tables; of one that has none there is nothing to read, and reading makes none. */
  protected read<Result>(work: (sql: SqlStorage) => Result): Result | undefined {
    const { storage } = this.ctx
    if (!this.#isMigrated) {
      if (!hasTables(storage.sql)) return undefined
      migrateMeter(storage)
      this.#isMigrated = true
    }
    return work(storage.sql)
  }

  #tidyLater(nowMs: number): void {
    const oldestMs = oldestUnseenMs(this.ctx.storage.sql) ?? Infinity
    void this.ctx.storage.setAlarm(Math.min(nowMs + METER_IDLE_MS, oldestMs + UNSEEN_MS))
  }

  #prune(sql: SqlStorage, nowMs: number): void {
    this.#prunedMs = nowMs
    pruneSpent(sql, nowMs)
    pruneUsage(sql, nowMs)
  }
}
