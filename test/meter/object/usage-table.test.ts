import { describe, expect, it } from 'vitest'
import { UTC } from '../../../src/lib/calendar.ts'
import { MEASURES } from '../../../src/meter/measures.ts'
import { sumLatency } from '../../../src/meter/object/latency-steps.ts'
import { type OwnDimension, sumUsage } from '../../../src/meter/object/usage-steps.ts'
import {
  MAX_ROWS,
  OTHER_LABEL,
  pruneUsage,
  recordUsage,
  USAGE_DAYS,
} from '../../../src/meter/object/usage-table.ts'
import type { Settlement } from '../../../src/meter/settlement.ts'
import { usageSumOf } from '../../../src/meter/usage-sum.ts'
import { NOON_MS, settlement, usage } from '../rig.ts'
import { migratedStorage } from './memory-storage.ts'
import { rowsOf } from './rows-of.ts'

const TODAY = '2026-11-24'
const DAY_MS = 86_400_000

function table() {
  const { sql } = migratedStorage()
  const record = (settled: Partial<Settlement> = {}) =>
    recordUsage(sql, [usageSumOf(settlement(settled), UTC)])
  const read = async (day: string, by: OwnDimension[], to = day) =>
    rowsOf(await sumUsage(sql, { from: day, to, by, budget: Infinity }, '', async () => undefined))
  return { sql, record, read }
}

describe('the usage table', () => {
  it('Invented names are counted together once a day has too many, and known names as before.', async () => {
    const { record, read, sql } = table()
    record({ user: 'u0' })
    const measures = MEASURES.map(() => 1).join(', ')
    sql.exec(
      `INSERT INTO usage WITH RECURSIVE users (number) AS
         (SELECT 1 UNION ALL SELECT number + 1 FROM users WHERE number < ${MAX_ROWS.usage - 1})
       SELECT '${TODAY}', 'qwen-plus', 'u' || number, ${measures} FROM users`,
    )
    record({ user: 'one too many', model: 'a' })
    record({ user: 'two too many', model: 'b' })
    record({ user: 'u0' })
    record({ user: 'tomorrow', startedMs: NOON_MS + DAY_MS })
    const rows = await read(TODAY, ['user', 'model'])
    // The report is bounded too: its two smallest rows are folded into the row that the table has for the others.
    expect(rows).toHaveLength(MAX_ROWS.usage - 1)
    expect(rows.find((row) => row.user === OTHER_LABEL)).toMatchObject({ model: OTHER_LABEL, requests: 4 })
    expect(rows.reduce((sum, { requests }) => sum + requests, 0)).toBe(MAX_ROWS.usage + 3)
    expect(rows.find((row) => row.user === 'u0')).toMatchObject({ requests: 2 })
    expect(await read('2026-11-25', ['user'])).toMatchObject([{ user: 'tomorrow' }])
  })

  it('Names from callers never become part of a statement.', async () => {
    const { record, read } = table()
    const name = `'; DROP TABLE usage; --`
    record({ user: name, model: name })
    const hostile = ['user', '1; DROP TABLE usage'] as unknown as ['user']
    expect(await read(TODAY, hostile)).toMatchObject([{ user: name, requests: 1 }])
  })

  it('No row is written for no usage, and old days are deleted.', async () => {
    const { record, read, sql } = table()
    expect(await read(TODAY, [])).toEqual([])
    record()
    pruneUsage(sql, NOON_MS + USAGE_DAYS * DAY_MS)
    expect(await read(TODAY, [])).toHaveLength(1)
    pruneUsage(sql, NOON_MS + (USAGE_DAYS + 1) * DAY_MS)
    expect(await read(TODAY, [])).toEqual([])
  })

  it('Refused models are counted under one name, and a model that worked before under its own.', async () => {
    const { record, read } = table()
    record({ model: 'qwen-plus' })
    for (const model of ['invented-1', 'invented-2', 'qwen-plus']) {
      record({ model, ending: 'refused', usage: usage(0, 0), money: 0 })
    }
    const rows = await read(TODAY, ['model'])
    expect(rows.map(({ model, requests }) => [model, requests])).toEqual([
      [OTHER_LABEL, 2],
      ['qwen-plus', 2],
    ])
  })

  it('Two users whose names share the first 128 characters are kept apart.', async () => {
    const { record, read } = table()
    for (const end of ['a', 'b']) record({ user: 'u'.repeat(150) + end })
    expect(await read(TODAY, ['user'])).toHaveLength(2)
  })

  it('Requests that cost less than a millionth are added up.', async () => {
    const { record, read } = table()
    for (let times = 0; times < 1000; times++) record({ money: 420 })
    expect(await read(TODAY, [])).toMatchObject([{ money: 420_000 }])
  })

  it('Endpoint, region and hour are recorded.', async () => {
    const { record, read } = table()
    record({ endpoint: 'chat-completions', region: 'beijing' })
    record({ endpoint: 'chat-completions', region: 'beijing', startedMs: NOON_MS + 3_600_000 })
    expect(await read(TODAY, ['endpoint', 'region'])).toMatchObject([
      { endpoint: 'chat-completions', region: 'beijing', requests: 2 },
    ])
    expect(await read(`${TODAY}T12`, ['hour'], `${TODAY}T13`)).toMatchObject([
      { hour: `${TODAY}T12`, requests: 1 },
      { hour: `${TODAY}T13`, requests: 1 },
    ])
  })

  it.each<[OwnDimension[]]>([[['user']], [['day', 'model', 'user']], [[]]])(
    'The pages of a report by %j end with a day each, and add up to the whole report.',
    async (by) => {
      const { sql } = table()
      const measures = MEASURES.map(() => 1).join(', ')
      sql.exec(
        `INSERT INTO usage WITH RECURSIVE d (n) AS (SELECT 10 UNION ALL SELECT n + 1 FROM d WHERE n < 19),
           u (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM u WHERE n < 6000)
         SELECT '2026-11-' || d.n, 'qwen-plus', 'u' || (u.n % 900), ${measures} FROM d, u WHERE u.n <= 900`,
      )
      const read = (from: string, budget: number) =>
        sumUsage(
          sql,
          { from, to: '2026-11-30', by: ['user', ...by.filter((each) => each !== 'user')], budget },
          '',
          async () => undefined,
        )
      const whole = await read('2026-11-01', Infinity)
      expect(whole.next).toBeUndefined()
      const starts: string[] = []
      const added = new Map<string, number>()
      let from: string | undefined = '2026-11-01'
      while (from) {
        const page = await read(from, 4000)
        for (const [index, names] of page.names.entries()) {
          const name = JSON.stringify(names)
          added.set(name, (added.get(name) ?? 0) + Number(page.sums[index * MEASURES.length]))
        }
        from = page.next
        if (from) starts.push(from)
      }
      expect(starts).toEqual(['2026-11-15'])
      const sums = rowsOf(whole).map(({ requests }) => requests)
      expect([...added.keys()]).toEqual(whole.names.map((names) => JSON.stringify(names)))
      expect([...added.values()]).toEqual(sums)
    },
  )

  it('Latencies of many hours are read in steps, between which other requests run.', async () => {
    const { sql } = table()
    sql.exec(
      `INSERT INTO usage_hours (hour, model, endpoint, region, latency, ${MEASURES.map((name) => `"${name}"`).join(', ')})
         WITH RECURSIVE h (n) AS (SELECT 10 UNION ALL SELECT n + 1 FROM h WHERE n < 19),
           m (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM m WHERE n < 200)
         SELECT '${TODAY}T' || h.n, 'm' || m.n, '', '', '{"total":{"7":1}}', ${MEASURES.map(() => 1).join(', ')} FROM h, m`,
    )
    let rests = 0
    const sums = await sumLatency(sql, `${TODAY}T00`, `${TODAY}T23`, ['endpoint', 'model'], async () => {
      rests++
    })
    expect(rests).toBeGreaterThanOrEqual(2)
    expect(sums).toHaveLength(200)
    expect(sums[0]).toEqual({ names: ['', 'm1'], requests: 10, latency: { total: { 7: 10 } } })
  })

  it('A page that ends with the days before usage_days is complete continues with those behind them.', async () => {
    const { sql, record } = table()
    const measures = MEASURES.map(() => 1).join(', ')
    sql.exec(
      `INSERT INTO usage WITH RECURSIVE u (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM u WHERE n < 9000)
       SELECT '2026-11-' || (10 + u.n % 2), 'qwen-plus', 'u' || u.n, ${measures} FROM u`,
    )
    record()
    const read = (from: string) =>
      sumUsage(sql, { from, to: TODAY, by: ['day'], budget: 1 }, '2026-11-20', async () => undefined)
    const first = await read('2026-11-01')
    expect([first.names, first.next]).toEqual([[['2026-11-10']], '2026-11-11'])
    const second = await read('2026-11-11')
    expect([second.names, second.next]).toEqual([[['2026-11-11'], [TODAY]], undefined])
  })
})
