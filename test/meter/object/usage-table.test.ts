import { describe, expect, it } from 'vitest'
import { UTC } from '../../../src/lib/calendar.ts'
import { MEASURES } from '../../../src/meter/measures.ts'
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

const TODAY = '2026-11-24'
const DAY_MS = 86_400_000

function table() {
  const { sql } = migratedStorage()
  const record = (settled: Partial<Settlement> = {}) =>
    recordUsage(sql, [usageSumOf(settlement(settled), UTC)])
  const read = (day: string, by: OwnDimension[], to = day) =>
    sumUsage(sql, { from: day, to, by }, '', async () => undefined)
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
})
