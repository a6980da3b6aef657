import { expect, it } from 'vitest'
import { migrateLedger } from '../../../src/jobs/ledger/schema.ts'
import { claim, pruneClaims, recallClaim } from '../../../src/jobs/ledger/seen-table.ts'
import { memoryStorage } from '../../meter/object/memory-storage.ts'

const NOW_MS = Date.parse('2026-11-28T12:00:00Z')
const DAY_MS = 86_400_000

it('Acceptance test 11: An Idempotency-Key names its job for 24 hours and is free afterwards.', () => {
  const storage = memoryStorage()
  migrateLedger(storage, { sealAll: () => undefined })
  const { sql } = storage
  const use = (job: string, nowMs: number) => claim(sql, 'idempotency', 'key', job, nowMs, nowMs + DAY_MS)
  expect(use('job_1', NOW_MS)).toBeUndefined()
  expect(use('job_2', NOW_MS + DAY_MS - 1)).toBe('job_1')
  expect(recallClaim(sql, 'idempotency', 'key', NOW_MS + DAY_MS)).toBeUndefined()
  expect(use('job_3', NOW_MS + DAY_MS)).toBeUndefined()
  pruneClaims(sql, NOW_MS + DAY_MS + 1)
  expect(use('job_4', NOW_MS + DAY_MS + 1)).toBe('job_3')
})
