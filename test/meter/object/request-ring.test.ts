import { describe, expect, it } from 'vitest'
import { UTC } from '../../../src/lib/calendar.ts'
import { pruneRing, readRing, recordRows } from '../../../src/meter/object/request-ring.ts'
import { usageSumOf } from '../../../src/meter/usage-sum.ts'
import { NOON_MS, settlement } from '../rig.ts'
import { migratedStorage } from './memory-storage.ts'

function ring(size: number, count: number) {
  const { sql } = migratedStorage()
  let seq = 0
  for (let number = 1; number <= count; number++) {
    const row = {
      id: `r-${number}`,
      started_ms: NOON_MS + number,
      status: number % 2 ? 200 : 429,
      model: 'qwen-plus',
    }
    seq = recordRows(sql, [usageSumOf(settlement({ row }), UTC)], size, seq)
  }
  const read = (query: Partial<Parameters<typeof readRing>[1]> = {}, nowMs = NOON_MS) =>
    readRing(sql, { limit: 100, size, fields: {}, ...query }, nowMs).map(({ seq }) => seq)
  return { sql, read }
}

describe('the request log of a key', () => {
  it('The newest rows are kept and come first.', () => {
    expect(ring(5, 12).read()).toEqual([12, 11, 10, 9, 8])
  })

  it('Rows are read in pages with "before" and followed with "since", and both exclude the row they name.', () => {
    const { read } = ring(10, 10)
    expect(read({ limit: 3 })).toEqual([10, 9, 8])
    expect(read({ limit: 3, before: 8 })).toEqual([7, 6, 5])
    expect(read({ since: 8 })).toEqual([10, 9])
  })

  it('Rows are filtered by exact values and by classes of statuses.', () => {
    const { read } = ring(10, 6)
    expect(read({ status: [400, 499] })).toEqual([6, 4, 2])
    expect(read({ fields: { id: 'r-3' } })).toEqual([3])
    expect(read({ fields: { model: 'qwen-%' } })).toEqual([])
  })

  it('A log that was made smaller shows no older rows, and none once it is off.', () => {
    const { read } = ring(10, 12)
    expect(read({ size: 3 })).toEqual([12, 11, 10])
    expect(read({ size: 3, before: 11 })).toEqual([10])
    expect(read({ size: 3, fields: { id: 'r-9' } })).toEqual([])
    expect(read({ size: 0 })).toEqual([])
  })

  it('Rows are forgotten after seven days.', () => {
    const { sql, read } = ring(10, 3)
    const laterMs = NOON_MS + 8 * 86_400_000
    expect(read({}, laterMs)).toEqual([])
    pruneRing(sql, laterMs)
    expect(read()).toEqual([])
  })
})
