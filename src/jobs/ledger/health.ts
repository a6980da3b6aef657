import { listEndpoints } from './endpoints-table.ts'
import { openCircuits } from './seen-table.ts'

/** How a ledger is doing. */
export interface LedgerHealth {
  queued: number
  open: number
  /** How long the oldest message or job that is due has been waiting. */
  overdueMs: number
  /** Dead messages of the last 24 hours. */
  dead: number
  /** Hosts that fail every message. */
  openCircuits: string[]
  disabledEndpoints: string[]
}

/** Reads the health of a ledger. */
export function ledgerHealth(sql: SqlStorage, nowMs: number): LedgerHealth {
  const number = (select: string, ...values: number[]) => Number(sql.exec(select, ...values).one().n ?? 0)
  const dueMs = number(
    `SELECT coalesce(min(at), ?) AS n FROM (SELECT min(next_ms) AS at FROM deliveries
     UNION ALL SELECT min(wake_ms) FROM jobs WHERE status = 'queued')`,
    nowMs,
  )
  return {
    queued: number(`SELECT count(*) AS n FROM jobs WHERE status = 'queued'`),
    open: number(`SELECT count(*) AS n FROM jobs WHERE status IN ('queued', 'running', 'waiting')`),
    overdueMs: Math.max(0, nowMs - dueMs),
    dead: number(
      `SELECT count(*) AS n FROM deliveries WHERE status = 'dead' AND created_ms > ?`,
      nowMs - 86_400_000,
    ),
    openCircuits: openCircuits(sql),
    disabledEndpoints: listEndpoints(sql)
      .filter(({ disabled }) => disabled)
      .map(({ id }) => id),
  }
}
