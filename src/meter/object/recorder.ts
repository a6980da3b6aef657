import type { UsageSum } from '../usage-sum.ts'
import { clearUnreported, type DayReport, noteUnreported, readUnreported } from './day-report.ts'
import { recordErrors } from './errors-table.ts'
import { keepRequests } from './kept-requests.ts'
import { newestRow, recordRows } from './request-ring.ts'
import { recordUsage } from './usage-table.ts'

/** How long usage is collected before it is reported to the registry; reports over many keys lag by this time. */
const REPORT_MS = 5 * 60_000

/**
 * Records usage in the tables of a meter, and tracks which days were not reported yet. If a transaction fails, memory
 * and tables differ, and the recorder must be created again.
 */
export class Recorder {
  readonly #sql: SqlStorage
  readonly #wakeAt: (atMs: number) => void
  #newestRow: number | undefined
  #lastUsedMs = 0
  /** Days marked as having unreported usage. */
  readonly #unreported = new Set<string>()

  /** @param wakeAt schedules the next report. */
  constructor(sql: SqlStorage, wakeAt: (atMs: number) => void) {
    this.#sql = sql
    this.#wakeAt = wakeAt
  }

  /** @param logSize the maximum number of rows in the request log; 0: none. */
  record(sums: readonly UsageSum[], logSize: number): void {
    if (sums.length === 0) return
    recordUsage(this.#sql, sums)
    recordErrors(this.#sql, sums)
    this.#noteUnreported(sums)
    if (logSize === 0) return
    this.#newestRow ??= newestRow(this.#sql)
    this.#newestRow = recordRows(this.#sql, sums, logSize, this.#newestRow)
    keepRequests(
      this.#sql,
      sums.flatMap(({ kept = [] }) => kept),
    )
  }

  /**
   * Sends the days that were not reported yet. A day is always sent whole, so that repeating a report has no effect.
   */
  async report(send: (lastUsedMs: number, days: DayReport[]) => Promise<void>): Promise<void> {
    const days = readUnreported(this.#sql)
    if (days.length === 0) return
    // Cleared before sending, so that usage recorded in the meantime marks its day again.
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
