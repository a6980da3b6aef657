import { describe, expect, it } from 'vitest'
import { runMigrations } from '../../../src/lib/migrations.ts'
import { MEASURES } from '../../../src/meter/measures.ts'
import type { DayRow } from '../../../src/meter/object/day-report.ts'
import { addMissingMeasures } from '../../../src/meter/object/migrations.ts'
import {
  createTotals,
  pruneTotals,
  readKeyTotals,
  sumTotals,
  TOTAL_TABLES,
  type TotalDimension,
  takeReport,
} from '../../../src/meter/object/totals.ts'
import { memoryStorage } from './memory-storage.ts'
import { rowsOf } from './rows-of.ts'

const DAY = '2026-11-24'

function totals() {
  const storage = memoryStorage()
  runMigrations(storage, [createTotals])
  addMissingMeasures(storage, TOTAL_TABLES)
  const { sql } = storage
  const report = (key: string, rows: DayRow[], day = DAY) => takeReport(sql, key, [{ day, rows }])
  const sum = async (by: TotalDimension[]) =>
    rowsOf(
      await sumTotals(
        sql,
        { from: '2026-11-01', to: '2026-11-30', by, budget: Infinity },
        async () => undefined,
      ),
    )
  return { sql, report, sum }
}

let filled: ReturnType<typeof totals> | undefined

/** Reports of 20 keys with 50 models each on ten days; filling the tables takes a second. */
function tenDaysOfTwentyKeys(): SqlStorage {
  if (filled) return filled.sql
  filled = totals()
  for (let day = 10; day < 20; day++) {
    for (let key = 0; key < 20; key++) {
      const rows = Array.from({ length: 50 }, (_, model) => row(`m${model}-${key}`, 1))
      filled.report(`key_${key}`, rows, `2026-11-${day}`)
    }
  }
  return filled.sql
}

/** So many requests of a model. */
function row(model: string, requests: number): DayRow {
  const measures = MEASURES.map((measure) => (measure === 'requests' ? requests : 0))
  return [model, 'chat-completions', 'beijing', ...measures]
}

describe('the totals of all keys', () => {
  it('The totals are those of the last report of each key and day, however often it is reported.', async () => {
    const { report, sum } = totals()
    report('key_1', [row('qwen-plus', 3)])
    report('key_1', [row('qwen-plus', 5), row('qwen-max', 1)])
    report('key_1', [row('qwen-plus', 5), row('qwen-max', 1)])
    report('key_2', [row('qwen-plus', 10)])
    const byModel = await sum(['model'])
    expect(byModel.map(({ model, requests }) => [model, requests]).toSorted()).toEqual([
      ['qwen-max', 1],
      ['qwen-plus', 15],
    ])
    expect((await sum(['key'])).map(({ key, requests }) => [key, requests])).toEqual([
      ['key_1', 6],
      ['key_2', 10],
    ])
    expect(await sum(['day', 'endpoint', 'region'])).toMatchObject([
      { day: DAY, endpoint: 'chat-completions', region: 'beijing', requests: 16 },
    ])
    expect(await sum([])).toMatchObject([{ requests: 16 }])
  })

  it('The totals have at most 10,000 rows, and one of them holds the smallest ones.', async () => {
    const { sql, sum } = totals()
    const models = Array.from({ length: 100 }, (_, model) => row(`model-${model}`, 1))
    for (let key = 0; key < 105; key++)
      sql.exec('INSERT INTO key_days VALUES (?, ?, ?)', DAY, `key_${key}`, JSON.stringify(models))
    const rows = await sum(['key', 'model'])
    expect(rows.length).toBeLessThanOrEqual(10_000)
    expect(rows.find(({ key }) => key === '(other)')?.requests).toBe(10_500 - rows.length + 1)
    expect(rows.reduce((all, { requests }) => all + requests, 0)).toBe(10_500)
  })

  it('The sums are never reset, even when days are deleted.', async () => {
    const { sql, report, sum } = totals()
    report('key_1', [row('qwen-plus', 3)], '2025-01-01')
    report('key_1', [row('qwen-plus', 4)])
    pruneTotals(sql, Date.parse('2026-11-24T00:00:00Z'))
    expect(await sum(['day'])).toMatchObject([{ day: DAY, requests: 4 }])
    expect(readKeyTotals(sql)).toMatchObject([{ key: 'key_1', model: 'qwen-plus', requests: 7 }])
  })

  it('There is no row if nothing was reported.', async () => {
    const { sum } = totals()
    expect(await sum([])).toEqual([])
    expect(await sum(['key'])).toEqual([])
  })

  it('Reading 10,000 keys is done in steps, and other requests run between them.', async () => {
    const { sql } = totals()
    sql.exec(
      `INSERT INTO key_days WITH RECURSIVE keys (number) AS
         (SELECT 1 UNION ALL SELECT number + 1 FROM keys WHERE number < 10000)
       SELECT '${DAY}', 'key_' || number, '${JSON.stringify([row('qwen-plus', 1)])}' FROM keys`,
    )
    let rests = 0
    const asked = { from: DAY, to: DAY, by: ['key'] as const, budget: Infinity }
    const { names, next } = await sumTotals(sql, asked, async () => {
      rests++
    })
    expect([names.length, next]).toEqual([10_000, undefined])
    expect(rests).toBeGreaterThanOrEqual(4)
  })

  it.each<[TotalDimension[]]>([[['key']], [['day', 'model']]])(
    'The pages of a report by %s add up to the whole report, and none reads more than its budget and a step.',
    async (by) => {
      const sql = tenDaysOfTwentyKeys()
      const asked = { from: '2026-11-01', to: '2026-11-30', by }
      const whole = await sumTotals(sql, { ...asked, budget: Infinity }, async () => undefined)
      const added = new Map<string, number>()
      let after: readonly string[] | undefined
      let pages = 0
      do {
        let steps = 0
        const budget = 3000
        const page = await sumTotals(sql, { ...asked, budget, ...(after && { after }) }, async () => {
          steps++
        })
        expect(steps).toBeLessThanOrEqual(2)
        for (const { requests, ...names } of rowsOf(page)) {
          const name = JSON.stringify(by.map((dimension) => names[dimension]))
          added.set(name, (added.get(name) ?? 0) + requests)
        }
        after = page.next
        pages++
      } while (after)
      expect(pages).toBe(3)
      const sums = rowsOf(whole).map(({ requests, ...names }) => [
        JSON.stringify(by.map((dimension) => names[dimension])),
        requests,
      ])
      expect([...added].toSorted()).toEqual(sums.toSorted())
    },
  )
})
