import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { hasTables, migrateMeter } from '../../../src/meter/object/migrations.ts'
import { caller, type MeterRig, NOON_MS, remaining, startMeterRig, usage, usageRows } from '../rig.ts'
import { memoryStorage } from './memory-storage.ts'
import {
  SCHEMA_0_1_0,
  SCHEMA_0_2_0,
  SCHEMA_WITHOUT_HOMES,
  usageRow0,
  usageRows2,
} from './released-schemas.ts'

let rig: MeterRig
beforeAll(async () => {
  rig = await startMeterRig()
})
afterAll(() => rig.stop())

const LIMITS = { requests_per_minute: 10, tokens_per_day: 1000, requests_in_flight: 5 }

const ROW_0 = usageRow0('2026-11-24', 'qwen-plus', '')

describe.each([
  ['0.1.0', SCHEMA_0_1_0, [ROW_0]],
  ['the version before it, whose table of owned things has no homes', SCHEMA_WITHOUT_HOMES, [ROW_0]],
  ['0.2.0', SCHEMA_0_2_0, usageRows2('2026-11-24', 'qwen-plus')],
])('An object with the tables of %s', (_, schema, usageBefore) => {
  it('Usage is kept, and new usage is counted in the same rows.', async () => {
    const principal = caller(undefined)
    await rig.run(principal.keyId, [...schema, ...usageBefore])
    await rig.settle(principal, { usage: usage(6, 4), money: 20_000 })
    const [row] = await usageRows(rig, principal.keyId, 'group_by=model')
    expect(row).toMatchObject({ requests: 4, input_tokens: 106, output_tokens: 24, money: 0.00072 })
  })

  it('Requests in flight, spending and budgets of session tokens are kept.', async () => {
    const token = { id: 'tok_1', expires: NOON_MS / 1000 + 900, budget: { requests: 5 } }
    const principal = caller(LIMITS, { token })
    const at = NOON_MS - 10_000
    await rig.run(principal.keyId, [
      ...schema,
      `INSERT INTO reservations VALUES ('open', ${at}, ${at + 900_000}, ${at + 90_000_000}, 100, 7, NULL, 0)`,
      `INSERT INTO spent VALUES ('2026-11-24', 500, 7)`,
      `INSERT INTO sessions VALUES ('tok_1', 2, 50, ${NOON_MS + 900_000})`,
    ])
    const verdict = await rig.reserve(principal, { tokens: 10 })
    expect(verdict.states.map(({ name, remaining }) => [name, remaining])).toEqual([
      ['requests_per_minute', 8],
      ['requests_in_flight', 3],
      ['tokens_per_day', 490],
      ['token_requests', 2],
    ])
    await rig.settle(principal, { reservation: 'open', usage: usage(30, 0) })
    expect(remaining(await rig.reserve(principal, { tokens: 10 }), 'tokens_per_day')).toBe(550)
  })

  it('Tasks and files of the key are kept.', async () => {
    const { keyId } = caller(undefined)
    await rig.run(keyId, [
      ...schema,
      `INSERT INTO owned (kind, id, created_ms) VALUES ('file', 'file-1', ${NOON_MS})`,
    ])
    expect(await rig.owned(keyId, 'file', ['file-1', 'file-2'])).toEqual([{ id: 'file-1', home: '' }])
  })
})

describe('the schema', () => {
  it('The schema is the same whether it grew from a released one or was created whole.', () => {
    const tables = (statements: readonly string[]) => {
      const storage = memoryStorage()
      for (const statement of statements) storage.sql.exec(statement)
      migrateMeter(storage)
      const named = storage.sql.exec(`SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name`)
      return named.toArray().map(({ name }) => [name, columns(storage.sql, String(name))])
    }
    expect(tables(SCHEMA_0_1_0)).toEqual(tables([]))
    expect(tables(SCHEMA_WITHOUT_HOMES)).toEqual(tables([]))
    expect(tables(SCHEMA_0_2_0)).toEqual(tables([]))
  })

  it('A measure that an existing table lacks gets a column.', () => {
    const storage = memoryStorage()
    migrateMeter(storage)
    storage.sql.exec('ALTER TABLE usage DROP COLUMN "audio_tokens"')
    migrateMeter(storage)
    expect(columns(storage.sql, 'usage')).toContain('audio_tokens')
  })

  it('Asking whether the tables exist does not create them.', () => {
    const storage = memoryStorage()
    expect(hasTables(storage.sql)).toBe(false)
    migrateMeter(storage)
    expect(hasTables(storage.sql)).toBe(true)
  })
})

function columns(sql: SqlStorage, table: string): string[] {
  const rows = sql.exec('SELECT name FROM pragma_table_info(?)', table).toArray()
  return rows.map(({ name }) => String(name)).toSorted()
}
