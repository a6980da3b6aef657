import type { UsageSum } from '../usage-sum.ts'
import { clearUnreported, type DayReport, noteUnreported, readUnreported } from './day-report.ts'
import { recordErrors } from './errors-table.ts'
import { newestRow, recordRows } from './request-ring.ts'
import { recordUsage } from './usage-table.ts'

/** How long usage is gathered before it is reported to the registry; reports over many keys lag by so much. */
const REPORT_MS = 5 * 60_000

/**
 * Records usage in the tables of a meter, and knows what of it was not reported yet. Where a transaction fails, what it has
 * in memory is no longer that of the tables, and the recorder has to be made anew.
 */
export class Recorder {
  readonly #sql: SqlStorage
  readonly #wakeAt: (atMs: number) => void
  #newestRow: number | undefined
  #lastUsedMs = 0
  /** Days that are noted as having usage which was not reported yet. */
  readonly #unreported = new Set<string>()

  /** @param wakeAt has the object report at a moment. */
  constructor(sql: SqlStorage, wakeAt: (atMs: number) => void) {
    this.#sql = sql
    this.#wakeAt = wakeAt
  }

  /** @param logSize rows that the request log keeps; 0: none. */
  record(sums: readonly UsageSum[], logSize: number): void {
    if (sums.length === 0) return
    recordUsage(this.#sql, sums)
    recordErrors(this.#sql, sums)
    this.#noteUnreported(sums)
    if (logSize === 0) return
    this.#newestRow ??= newestRow(this.#sql)
    this.#newestRow = recordRows(this.#sql, sums, logSize, this.#newestRow)
  }

  /** Sends the days that were not reported yet. A day is sent whole, so that a repetition changes nothing. */
  async report(send: (lastUsedMs: number, days: DayReport[]) => Promise<void>): Promise<void> {
    const days = readUnreported(this.#sql)
    if (days.length === 0) return
    // What is used while the report is on its way is noted anew.
    clearUnreported(this.#sql)
    this.#unreported.clear()
    try {
      await send(this.#lastUsedMs || Date.now(), days)
    } catch (thrown) {
      for (const { day } of days) noteUnreported(this.#sql, day)
      throw thrown
    }
  }

  #noteUnreported(sums: readonly UsageSum[]): void {
    this.#lastUsedMs = Math.max(this.#lastUsedMs, ...sums.map(({ endedMs }) => endedMs))
    if (this.#unreported.size === 0) this.#wakeAt(Date.now() + REPORT_MS)
    for (const day of new Set(sums.map((sum) => sum.day)).difference(this.#unreported)) {
      noteUnreported(this.#sql, day)
      this.#unreported.add(day)
    }
  }
}
