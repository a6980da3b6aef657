import { describe, expect, it } from 'vitest'
import { dueDeliveries } from '../../../src/jobs/ledger/deliveries-table.ts'
import { hookEventOfJob, takeHookEvent } from '../../../src/jobs/ledger/hook-events-table.ts'
import { handEvent, withdrawEvent } from '../../../src/jobs/ledger/hook-messages.ts'
import { countOpen, jobsToWake, readJob } from '../../../src/jobs/ledger/jobs-table.ts'
import { nextDueMs } from '../../../src/jobs/ledger/next-due.ts'
import { migrateLedger } from '../../../src/jobs/ledger/schema.ts'
import { claim } from '../../../src/jobs/ledger/seen-table.ts'
import { memoryStorage } from '../../meter/object/memory-storage.ts'

const NOW_MS = Date.parse('2026-11-28T12:00:00Z')

const entry = {
  id: 'hev_1',
  hook: 'hk_1',
  user: 'ann',
  event: '{}',
  origin: 'https://gateway.example',
  dedupe: ['delivery-1'] as const,
  dedupeMs: 60_000,
  limits: { per_minute: 30, per_user_minute: 6, concurrent: 10 },
}

/** Runs steps on an empty ledger and returns how SQLite looks for the rows of each statement. */
function plansOf(steps: (sql: SqlStorage) => void): string[] {
  const storage = memoryStorage()
  migrateLedger(storage, { sealAll: () => undefined })
  const { sql } = storage
  const plans: string[] = []
  const exec: SqlStorage['exec'] = (statement, ...values) => {
    const plan = sql.exec(`EXPLAIN QUERY PLAN ${statement}`, ...values).toArray()
    plans.push(...plan.map(({ detail }) => String(detail)))
    return sql.exec(statement, ...values)
  }
  steps({ exec } as SqlStorage)
  return plans
}

describe('A ledger with a week of jobs and events', () => {
  it('Reads no table as a whole when it accepts one more or looks for what is due.', () => {
    const plans = plansOf((sql) => {
      takeHookEvent(sql, entry, NOW_MS)
      handEvent(sql, entry, NOW_MS)
      withdrawEvent(sql, 'hev_1')
      hookEventOfJob(sql, 'job_1')
      countOpen(sql)
      readJob(sql, 'job_1')
      jobsToWake(sql, NOW_MS, 100)
      dueDeliveries(sql, NOW_MS, 100)
      nextDueMs(sql)
      claim(sql, 'idempotency', 'key', '', NOW_MS, NOW_MS + 1)
    })
    const reads = plans.filter((plan) => /^(?:SCAN|SEARCH) (?!\(|CONSTANT)/.test(plan))
    expect(reads.length).toBeGreaterThan(10)
    expect(reads.filter((plan) => !plan.includes(' USING '))).toEqual([])
  })
})
