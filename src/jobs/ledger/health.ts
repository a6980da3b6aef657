import { DAY_MS } from '../../lib/calendar.ts'
import { OPERATOR } from '../peers.ts'
import { selectEndpoints } from './endpoints-table.ts'

/** The health of a ledger. */
export interface LedgerHealth {
  queued: number
  open: number
  /** How long the oldest due message or job has been waiting. */
  overdueMs: number
  /** Dead messages of the last 24 hours; in the operator's ledger, those of all keys. */
  dead: number
  /** Keys with such messages that were reported to this ledger. */
  deadKeys: string[]
  disabledEndpoints: string[]
  /** Signing secrets that cannot be decrypted. */
  lockedSecrets: number
}

/** Reads the health of a ledger from its tables. */
export function ledgerHealth(sql: SqlStorage, nowMs: number): Omit<LedgerHealth, 'lockedSecrets'> {
  const number = (select: string, ...values: (string | number)[]) =>
    Number(sql.exec(select, ...values).one().n ?? 0)
  const dueMs = number(
    `SELECT coalesce(min(at), ?) AS n FROM (SELECT min(next_ms) AS at FROM deliveries WHERE next_ms IS NOT NULL
     UNION ALL SELECT min(wake_ms) FROM jobs WHERE status = 'queued')`,
    nowMs,
  )
  return {
    queued: number(`SELECT count(*) AS n FROM jobs WHERE status = 'queued'`),
    open: number(`SELECT count(*) AS n FROM jobs WHERE status IN ('queued', 'running', 'waiting')`),
    overdueMs: Math.max(0, nowMs - dueMs),
    dead: number(
      `SELECT (SELECT count(*) FROM deliveries WHERE status = 'dead' AND created_ms > ?)
         + (SELECT count(*) FROM seen WHERE scope = 'dead' AND until_ms > ? AND value <> ?) AS n`,
      nowMs - DAY_MS,
      nowMs,
      OPERATOR,
    ),
    deadKeys: sql
      .exec(
        `SELECT DISTINCT value FROM seen WHERE scope = 'dead' AND until_ms > ? AND value NOT IN ('', ?)`,
        nowMs,
        OPERATOR,
      )
      .toArray()
      .map(({ value }) => String(value)),
    disabledEndpoints: selectEndpoints(sql)
      .filter(({ disabled }) => disabled)
      .map(({ id }) => id),
  }
}
