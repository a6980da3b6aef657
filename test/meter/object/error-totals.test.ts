import { describe, expect, it } from 'vitest'
import { runMigrations } from '../../../src/lib/migrations.ts'
import {
  createErrorTotals,
  type ErrorCount,
  pruneErrorDays,
  readErrorTotals,
  takeErrors,
} from '../../../src/meter/object/error-totals.ts'
import { memoryStorage } from './memory-storage.ts'

const DAY = '2026-11-24'
const NEXT_DAY = '2026-11-25'

function totals() {
  const storage = memoryStorage()
  runMigrations(storage, [createErrorTotals])
  const { sql } = storage
  const report = (key: string, errors: ErrorCount[], day = DAY) => takeErrors(sql, key, day, errors)
  const read = () => readErrorTotals(sql).map((row) => Object.values(row))
  return { sql, report, read }
}

describe('the errors of all keys', () => {
  it('A code counts once however often its day is reported, and more only where the day has grown.', () => {
    const { report, read } = totals()
    report('key_1', [['qwen-plus', 'InvalidParameter', 2]])
    report('key_1', [['qwen-plus', 'InvalidParameter', 2]])
    report('key_1', [
      ['qwen-plus', 'InvalidParameter', 5],
      ['qwen-plus', 'Throttling', 1],
    ])
    report('key_1', [['qwen-plus', 'InvalidParameter', 1]], NEXT_DAY)
    report('key_2', [['qwen-max', 'Throttling', 4]])
    report('key_3', [])
    expect(read()).toEqual([
      ['key_1', 'qwen-plus', 'InvalidParameter', 6],
      ['key_1', 'qwen-plus', 'Throttling', 1],
      ['key_2', 'qwen-max', 'Throttling', 4],
    ])
  })

  it('Sums outlive the days that they were made of.', () => {
    const { sql, report, read } = totals()
    report('key_1', [['qwen-plus', 'Throttling', 3]])
    pruneErrorDays(sql, Date.parse('2028-11-24'))
    expect(sql.exec('SELECT * FROM error_days').toArray()).toEqual([])
    expect(read()).toEqual([['key_1', 'qwen-plus', 'Throttling', 3]])
  })

  it('A key has 200 sums, and one for all other codes.', () => {
    const { report, read } = totals()
    report(
      'key_1',
      Array.from({ length: 250 }, (_, number) => ['qwen-plus', `code-${number}`, 1]),
    )
    report('key_2', [['qwen-plus', 'code-249', 1]])
    const rows = read()
    expect(rows).toHaveLength(202)
    expect(rows).toContainEqual(['key_1', '(other)', '(other)', 50])
    expect(rows).toContainEqual(['key_2', 'qwen-plus', 'code-249', 1])
  })
})
