import { DatabaseSync, type SQLInputValue } from 'node:sqlite'
import { MEASURES } from '../../src/meter/measures.ts'
import { addMissingMeasures, migrateMeter } from '../../src/meter/object/migrations.ts'
import { createTotals, sumTotals, TOTAL_DIMENSIONS, TOTAL_TABLES } from '../../src/meter/object/totals.ts'
import { MAX_REPORT_ROWS, sumUsage } from '../../src/meter/object/usage-steps.ts'

/** The rows of a year and a month, of keys with so many models; a day of one key holds at most 10,000 rows by user. */
const DAYS = 400
const MODELS = 50
const USERS = [2, 20, 50]
const KEYS = [100, 1000, 10_000]

/** Days of the registry that are seeded: its answer is asked for a month, as the console asks for it. */
const TOTAL_DAYS = 30

/** No other call of the object waits longer than this. */
const MAX_STEP_MS = 1000

interface Growth {
  what: string
  stored: number
  rows: number
  ms: number
  /** The longest time without a pause in which other calls are served. */
  stepMs: number
  /** What the heap grew by, in MiB. */
  heapMiB: number
}

/**
 * How reports of usage grow with users and keys: asks the tables of a meter and of the registry in Node.js' SQLite.
 *
 * @returns whether every answer is bounded and no step is long.
 */
export async function checkGrowth(): Promise<boolean> {
  const all: Growth[] = []
  for (const users of USERS) {
    const storage = database()
    migrateMeter(storage as never)
    seedMeter(storage, users)
    const stored = DAYS * Math.min(users * MODELS, 10_000)
    for (const by of [['day'], ['model'], ['user'], ['day', 'model', 'user']] as const) {
      const asked = { from: dayAt(DAYS - 1), to: dayAt(0), by }
      const ask = (rest: () => Promise<void>) => sumUsage(storage.sql as never, asked, '', rest)
      all.push(await measured(`one key by ${by.join(', ')}`, stored, ask))
    }
  }
  for (const keys of KEYS) {
    const storage = database()
    createTotals(storage.sql as never)
    addMissingMeasures(storage as never, TOTAL_TABLES)
    seedTotals(storage, keys)
    for (const by of [['day'], ['key'], ['key', 'day'], ['key', 'day', 'model']] as const) {
      const asked = {
        from: dayAt(TOTAL_DAYS - 1),
        to: dayAt(0),
        by: TOTAL_DIMENSIONS.filter((each) => by.includes(each as never)),
      }
      const ask = (rest: () => Promise<void>) => sumTotals(storage.sql as never, asked, rest)
      all.push(await measured(`${keys} keys by ${by.join(', ')}`, keys * TOTAL_DAYS, ask))
    }
  }
  const isBounded = all.every(({ rows, stepMs }) => rows <= MAX_REPORT_ROWS && stepMs <= MAX_STEP_MS)
  console.log(isBounded ? 'Every answer is bounded.' : 'An answer is not bounded.')
  return isBounded
}

async function measured(
  what: string,
  stored: number,
  ask: (rest: () => Promise<void>) => Promise<readonly unknown[]>,
): Promise<Growth> {
  const heap = process.memoryUsage().heapUsed
  const begun = performance.now()
  let [pausedAt, stepMs, most] = [begun, 0, heap]
  const rows = await ask(async () => {
    stepMs = Math.max(stepMs, performance.now() - pausedAt)
    most = Math.max(most, process.memoryUsage().heapUsed)
    await new Promise((resolve) => setImmediate(resolve))
    pausedAt = performance.now()
  })
  const ms = performance.now() - begun
  stepMs = Math.max(stepMs, performance.now() - pausedAt)
  const heapMiB = Math.max(0, most - heap) / 2 ** 20
  console.log(
    `${what.padEnd(32)} ${stored} stored, ${rows.length} rows in ${ms.toFixed(0)} ms, longest step ${stepMs.toFixed(0)} ms, heap +${heapMiB.toFixed(0)} MiB`,
  )
  return { what, stored, rows: rows.length, ms, stepMs, heapMiB }
}

function seedMeter({ database }: Storage, users: number): void {
  const ones = MEASURES.map(() => '1').join(', ')
  const names = MEASURES.map((measure) => `"${measure}"`).join(', ')
  database.exec(
    `WITH RECURSIVE d(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM d WHERE n + 1 < ${DAYS}),
       m(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM m WHERE n + 1 < ${MODELS}),
       u(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM u WHERE n + 1 < ${users})
     INSERT INTO usage (day, model, user, ${names})
       SELECT date('2026-11-28', '-' || d.n || ' days'), 'model-' || m.n, 'user-' || u.n, ${ones} FROM d, m, u;
     INSERT INTO usage_days (day, model, endpoint, region, ${names})
       SELECT day, model, 'chat-completions', 'beijing', ${ones} FROM usage GROUP BY day, model`,
  )
}

function seedTotals({ database }: Storage, keys: number): void {
  const row = JSON.stringify([
    ['qwen-plus', 'chat-completions', 'beijing', ...MEASURES.map(() => 1)],
    ['qwen-max', 'chat-completions', 'beijing', ...MEASURES.map(() => 1)],
  ])
  database.exec(
    `WITH RECURSIVE d(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM d WHERE n + 1 < ${TOTAL_DAYS}),
       k(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM k WHERE n + 1 < ${keys})
     INSERT INTO key_days SELECT date('2026-11-28', '-' || d.n || ' days'), printf('key_%016x', k.n), '${row}' FROM d, k;
     INSERT INTO day_totals (day, model, endpoint, region, ${MEASURES.map((measure) => `"${measure}"`).join(', ')})
       SELECT DISTINCT day, 'qwen-plus', 'chat-completions', 'beijing', ${MEASURES.map(() => keys).join(', ')} FROM key_days`,
  )
}

function dayAt(daysAgo: number): string {
  return new Date(Date.parse('2026-11-28') - daysAgo * 86_400_000).toISOString().slice(0, 10)
}

type Storage = ReturnType<typeof database>

/** As much of a Durable Object's storage as the tables need. */
function database() {
  const database = new DatabaseSync(':memory:')
  const exec = (statement: string, ...bindings: SQLInputValue[]) => {
    if (bindings.length === 0 && !/^\s*SELECT/.test(statement)) {
      database.exec(statement)
      return cursorOf([])
    }
    const rows = database.prepare(statement).all(...bindings)
    // A Durable Object counts the rows that it scans, which decides when a report pauses.
    const [, scanned] = / FROM (\w+ WHERE \w+ = \?)/.exec(statement) ?? []
    const count = scanned && database.prepare(`SELECT count(*) AS rows FROM ${scanned}`).get(...bindings)
    return cursorOf(rows, count ? Number(count.rows) : rows.length)
  }
  return { database, sql: { exec }, transactionSync: <T>(work: () => T): T => work() }
}

function cursorOf(rows: readonly unknown[], rowsRead = rows.length) {
  return { rowsRead, toArray: () => rows, [Symbol.iterator]: () => rows[Symbol.iterator]() }
}
