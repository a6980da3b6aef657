import { describe, expect, it } from 'vitest'
import { MEASURES } from '../../../src/meter/measures.ts'
import {
  MAX_USAGE_ROWS_PER_DAY,
  OTHER,
  pruneUsage,
  readUsage,
  recordUsage,
  USAGE_DAYS,
} from '../../../src/meter/object/usage-table.ts'
import { usageSumOf } from '../../../src/meter/usage-sum.ts'
import { NOON_MS, settlement } from '../rig.ts'
import { migratedStorage } from './memory-storage.ts'

const TODAY = '2026-11-24'
const DAY_MS = 86_400_000

describe('the table of usage', () => {
  it('counts invented names together once a day has too many, and known ones as before', () => {
    const { sql } = migratedStorage()
    recordUsage(sql, usageSumOf(settlement({ user: 'u0' })))
    const measures = MEASURES.map(() => 1).join(', ')
    sql.exec(
      `INSERT INTO usage WITH RECURSIVE users (number) AS
         (SELECT 1 UNION ALL SELECT number + 1 FROM users WHERE number < ${MAX_USAGE_ROWS_PER_DAY - 1})
       SELECT '${TODAY}', 'qwen-plus', 'u' || number, ${measures} FROM users`,
    )
    recordUsage(sql, usageSumOf(settlement({ user: 'one too many', model: 'a' })))
    recordUsage(sql, usageSumOf(settlement({ user: 'two too many', model: 'b' })))
    recordUsage(sql, usageSumOf(settlement({ user: 'u0' })))
    recordUsage(sql, usageSumOf(settlement({ user: 'tomorrow', startedMs: NOON_MS + DAY_MS })))
    const rows = readUsage(sql, TODAY, TODAY, ['user', 'model'])
    expect(rows).toHaveLength(MAX_USAGE_ROWS_PER_DAY + 1)
    expect(rows.find((row) => row.user === OTHER)).toMatchObject({ model: OTHER, requests: 2 })
    expect(rows.find((row) => row.user === 'u0')).toMatchObject({ requests: 2 })
    expect(readUsage(sql, '2026-11-25', '2026-11-25', ['user'])).toMatchObject([{ user: 'tomorrow' }])
  })

  it('writes no name of a caller into its statements', () => {
    const { sql } = migratedStorage()
    const name = `'; DROP TABLE usage; --`
    recordUsage(sql, usageSumOf(settlement({ user: name, model: name })))
    const hostile = ['user', '1; DROP TABLE usage'] as unknown as ['user']
    expect(readUsage(sql, TODAY, TODAY, hostile)).toMatchObject([{ user: name, requests: 1 }])
  })

  it('has no row where nothing was used, and forgets old days', () => {
    const { sql } = migratedStorage()
    expect(readUsage(sql, TODAY, TODAY, [])).toEqual([])
    recordUsage(sql, usageSumOf(settlement()))
    pruneUsage(sql, NOON_MS + USAGE_DAYS * DAY_MS)
    expect(readUsage(sql, TODAY, TODAY, [])).toHaveLength(1)
    pruneUsage(sql, NOON_MS + (USAGE_DAYS + 1) * DAY_MS)
    expect(readUsage(sql, TODAY, TODAY, [])).toEqual([])
  })
})
