import { DurableObject } from 'cloudflare:workers'
import { type Env, readConfig } from '../../config.ts'
import { Limiter } from './limiter.ts'
import { hasTables, migrateMeter } from './migrations.ts'
import { Recorder } from './recorder.ts'
import { pruneSpent, SPENT_DAYS } from './reservations.ts'
import { pruneUsage } from './usage-table.ts'

/** How often a meter deletes old days and session tokens. */
const METER_PRUNE_SECONDS = 60

/** When an idle object is swept: the spending of an end user is no longer needed then. */
export const METER_IDLE_MS = (SPENT_DAYS + 1) * 86_400_000

/**
 * The tables of a meter and their copies in memory. Reading an object that was never written creates no tables.
 */
export abstract class MeterStorage extends DurableObject<Env> {
  #isMigrated = false
  #limiter: Limiter | undefined
  #prunedMs = 0
  #recorder: Recorder | undefined
  #waking: Promise<void> | undefined

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
          this.prune(storage.sql, nowMs)
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

  /** Deletes old days. */
  protected prune(sql: SqlStorage, nowMs: number): void {
    this.#prunedMs = nowMs
    pruneSpent(sql, nowMs)
    pruneUsage(sql, nowMs)
  }

  /** Sets the alarm, unless it is already set to an earlier time. */
  protected async wakeBy(atMs: number): Promise<void> {
    const { storage } = this.ctx
    const alarmMs = await storage.getAlarm()
    if (alarmMs === null || alarmMs > atMs) await storage.setAlarm(atMs)
  }

  /** Deletes the object: its tables, their copies in memory and its alarm. */
  protected async clear(): Promise<void> {
    this.#isMigrated = false
    this.#limiter = undefined
    this.#recorder = undefined
    this.#prunedMs = 0
    // Otherwise an alarm that is set later would outlive the object.
    await this.#waking
    await this.ctx.storage.deleteAll()
  }
}
