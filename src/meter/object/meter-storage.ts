import { DurableObject } from 'cloudflare:workers'
import { type Env, readConfig } from '../../config.ts'
import { REGISTRY_NAME } from '../../keys/registry.ts'
import { nextKeptEndMs, pruneKept } from './kept-requests.ts'
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

/** How long callers have to look up the result of a task before the gateway does it to correct the charge. */
export const UNSEEN_MS = 10 * 60_000

/** The method of an account's poller that a meter calls; the poller is in a layer above. */
interface PollerPeer {
  watch: (task: { kind: 'charge'; task: string; ledger: string; job: string; home: string }) => Promise<void>
}

/** Tables with content of their own; an object is deleted when all of them are empty. */
const CONTENT = ['owned', 'reservations', 'spent', 'sessions', 'usage', 'usage_days', 'requests']

/** When an idle object is swept: the spending of an end user is no longer needed then. */
const METER_IDLE_MS = (SPENT_DAYS + 1) * 86_400_000

/**
 * The storage of a meter: its tables, their copies in memory, and the schedule of reports and pruning. Reading an
 * object that was never written creates no tables.
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
   * Reports usage to the registry and deletes expired rows. If nothing is left, deletes the object, since its end
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
      pruneKept(sql, nowMs)
      return CONTENT.every((table) => sql.exec(`SELECT 1 FROM ${table} LIMIT 1`).toArray().length === 0)
    })
    if (!isEmpty) return this.#tidyLater(nowMs)
    this.#isMigrated = false
    this.#limiter = undefined
    this.#recorder = undefined
    this.#prunedMs = 0
    // Otherwise an alarm that is set later would outlive the object.
    await this.#waking
    await this.ctx.storage.deleteAll()
  }

  /** A failed report is retried by the alarm, which the runtime repeats. */
  async #report(): Promise<void> {
    const key = this.ctx.id.name
    const registry = (this.env.REGISTRY as DurableObjectNamespace<Registry>).getByName(REGISTRY_NAME)
    if (key === undefined || !hasTables(this.ctx.storage.sql)) return
    this.write(undefined, () => undefined)
    await this.#recorder?.report((lastUsedMs, days) => registry.report(key, lastUsedMs, days))
  }

  /** Sets the alarm, unless it is already set to an earlier time. */
  protected async wakeBy(atMs: number): Promise<void> {
    const { storage } = this.ctx
    const alarmMs = await storage.getAlarm()
    if (alarmMs === null || alarmMs > atMs) await storage.setAlarm(atMs)
  }

  /** Makes the poller look up tasks whose results no caller has seen, since their estimates would stay charged. */
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
   * Runs a transaction on migrated tables. If it fails, memory is read from the tables again.
   *
   * @param nowMs the callers' time; if given, old rows are deleted now and then.
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
      // An alarm for a report or for tasks may already be set.
      if (wasAsleep) this.#waking = this.wakeBy(Date.now() + METER_IDLE_MS)
    }
  }

  /** Reads from the tables of an object; undefined if it has none, and none are created. */
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
    const { sql } = this.ctx.storage
    const oldestMs = oldestUnseenMs(sql) ?? Infinity
    const keptEndMs = nextKeptEndMs(sql) ?? Infinity
    void this.ctx.storage.setAlarm(Math.min(nowMs + METER_IDLE_MS, oldestMs + UNSEEN_MS, keptEndMs))
  }

  #prune(sql: SqlStorage, nowMs: number): void {
    this.#prunedMs = nowMs
    pruneSpent(sql, nowMs)
    pruneUsage(sql, nowMs)
  }
}
