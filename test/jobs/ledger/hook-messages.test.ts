import { describe, expect, it } from 'vitest'
import { dueDeliveries } from '../../../src/jobs/ledger/deliveries-table.ts'
import { type NewHookEvent, takeHookEvent } from '../../../src/jobs/ledger/hook-events-table.ts'
import { handEvent, withdrawEvent } from '../../../src/jobs/ledger/hook-messages.ts'
import { migrateLedger } from '../../../src/jobs/ledger/schema.ts'
import { memoryStorage } from '../../meter/object/memory-storage.ts'

const NOW_MS = Date.parse('2026-11-28T12:00:00Z')

const entry: NewHookEvent = {
  id: 'hev_1',
  hook: 'hk_1',
  user: 'ann',
  event: '{"text":"hello"}',
  origin: 'https://gateway.example',
  dedupe: ['delivery-1'],
  dedupeMs: 60_000,
  limits: { per_minute: 30, per_user_minute: 6, concurrent: 10 },
}

function ledger() {
  const storage = memoryStorage()
  migrateLedger(storage, { sealAll: () => undefined })
  return storage.sql
}

describe('events that were accepted', () => {
  it('An accepted event counts as a duplicate from then on, even before it has a job.', () => {
    const sql = ledger()
    expect(takeHookEvent(sql, entry, NOW_MS)).toEqual({ kind: 'accepted' })
    const again = { ...entry, id: 'hev_2' }
    expect(takeHookEvent(sql, again, NOW_MS + 59_000)).toEqual({ kind: 'duplicate', job: null })
  })

  it('An accepted event waits in the outbox, in case its request is cut short.', () => {
    const sql = ledger()
    handEvent(sql, entry, NOW_MS)
    expect(dueDeliveries(sql, NOW_MS, 10)).toEqual([])
    const [due] = dueDeliveries(sql, NOW_MS + 5000, 10)
    expect(due).toMatchObject({
      event: 'hook.event',
      origin: 'https://gateway.example',
      destination: { kind: 'sender', sender: 'hook-event', data: 'hk_1' },
      payload: '{"id":"hev_1"}',
    })
    withdrawEvent(sql, 'hev_1')
    expect(dueDeliveries(sql, NOW_MS + 5000, 10)).toEqual([])
  })
})
