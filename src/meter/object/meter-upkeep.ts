import { REGISTRY_NAME } from '../../keys/registry.ts'
import { nextKeptEndMs, pruneKept } from './kept-requests.ts'
import { METER_IDLE_MS, MeterStorage } from './meter-storage.ts'
import { hasTables } from './migrations.ts'
import { pruneOwned } from './owned-table.ts'
import type { Registry } from './registry.ts'
import { pruneRing } from './request-ring.ts'
import { markWatched, oldestUnseenMs, pruneTaskCharges, unseenTasks } from './task-charges.ts'

/** How long callers have to look up the result of a task before the gateway does it to correct the charge. */
export const UNSEEN_MS = 10 * 60_000

/** The method of an account's poller that a meter calls; the poller is in a layer above. */
interface PollerPeer {
  watch: (task: { kind: 'charge'; task: string; ledger: string; job: string; home: string }) => Promise<void>
}

/** Tables with content of their own; an object is deleted when all of them are empty. */
const CONTENT = ['owned', 'reservations', 'spent', 'sessions', 'usage', 'usage_days', 'requests']

/** What a meter does without a request: it reports to the registry, has tasks looked up and deletes expired rows. */
export abstract class MeterUpkeep extends MeterStorage {
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
      this.prune(sql, nowMs)
      pruneOwned(sql, nowMs)
      pruneTaskCharges(sql, nowMs)
      pruneRing(sql, nowMs)
      pruneKept(sql, nowMs)
      return CONTENT.every((table) => sql.exec(`SELECT 1 FROM ${table} LIMIT 1`).toArray().length === 0)
    })
    if (isEmpty) await this.clear()
    else this.#tidyLater(nowMs)
  }

  /** A failed report is retried by the alarm, which the runtime repeats. */
  async #report(): Promise<void> {
    const key = this.ctx.id.name
    const registry = (this.env.REGISTRY as DurableObjectNamespace<Registry>).getByName(REGISTRY_NAME)
    if (key === undefined || !hasTables(this.ctx.storage.sql)) return
    const reporter = this.write(undefined, (_sql, _limiter, recorder) => recorder)
    await reporter.report((lastUsedMs, days) => registry.report(key, lastUsedMs, days))
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

  #tidyLater(nowMs: number): void {
    const { sql } = this.ctx.storage
    const oldestMs = oldestUnseenMs(sql) ?? Infinity
    const keptEndMs = nextKeptEndMs(sql) ?? Infinity
    void this.ctx.storage.setAlarm(Math.min(nowMs + METER_IDLE_MS, oldestMs + UNSEEN_MS, keptEndMs))
  }
}
