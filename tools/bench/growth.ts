import { DatabaseSync, type SQLInputValue } from 'node:sqlite'
import { MEASURES } from '../../src/meter/measures.ts'
import { MAX_REPORT_ROWS, SUMS_PER_PAGE } from '../../src/meter/object/group-sums.ts'
import type { Position } from '../../src/meter/object/key-order.ts'
import { addMissingMeasures, migrateMeter } from '../../src/meter/object/migrations.ts'
import { createTotals, sumTotals, TOTAL_DIMENSIONS, TOTAL_TABLES } from '../../src/meter/object/totals.ts'
import { sumUsage } from '../../src/meter/object/usage-steps.ts'
import { writeFigures } from './write-docs.ts'

/** The rows of a year and a month; a meter keeps at most so many of a day, and folds what further users and models add. */
const DAYS = 400
const MODELS = 50
const USERS = [2, 20, 1000]
const ROWS_A_DAY = 10_000

/** As the console asks by itself. */
const MONTH = 30

/** Keys of the registry, the models that each of them uses on each day, and the days, which an answer by key reads in steps. */
const REGISTRIES = [
  { keys: 100, models: 2, days: MONTH },
  { keys: 1000, models: 2, days: MONTH },
  { keys: 1000, models: 20, days: 5 },
  { keys: 10_000, models: 50, days: 7 },
  { keys: 10_000, models: 2, days: DAYS },
]

/** The maximum CPU time of a step, for which other calls of the object must wait. */
const MAX_STEP_MS = 100

/** The maximum time of a response or of one of its pages. */
const MAX_PAGE_MS = 10_000

const BAR = 30

interface Growth {
  what: string
  stored: number
  /** The rows of the largest page. */
  rows: number
  pages: number
  /** The time of the slowest page. */
  ms: number
  /** The longest time without a pause in which other calls are served. */
  stepMs: number
  /** The growth of the heap, in MiB. */
  heapMiB: number
}

/**
 * Measures how usage reports grow with users and keys, with the tables of a meter and of the registry in Node.js'
 * SQLite.
 *
 * @param write whether to write the figures into docs/benchmarks.md.
 * @returns whether all responses are bounded and no step is long.
 */
export async function checkGrowth(write: boolean): Promise<boolean> {
  const all: Growth[] = []
  for (const users of USERS) all.push(...(await askMeter(users)))
  for (const each of REGISTRIES) all.push(...(await askRegistry(each)))
  const printed = printable(all)
  console.log(printed)
  if (write) writeFigures('growth', printed, 'npm run bench -- growth')
  return all.every(isBounded)
}

function isBounded({ rows, ms, stepMs }: Growth): boolean {
  return rows <= MAX_REPORT_ROWS && stepMs <= MAX_STEP_MS && ms <= MAX_PAGE_MS
}

async function askMeter(users: number): Promise<Growth[]> {
  const storage = database()
  migrateMeter(storage as never)
  const stored = seedMeter(storage, users)
  const all: Growth[] = []
  for (const by of [['day'], ['model'], ['user'], ['day', 'model', 'user']] as const) {
    const asked = { to: dayAt(0), by, budget: SUMS_PER_PAGE }
    const ask = (rest: () => Promise<void>, from = dayAt(DAYS - 1)) =>
      sumUsage(storage.sql as never, { ...asked, from }, '', rest)
    all.push(await measured(`${users} users of a key, by ${by.join(', ')}`, stored, ask))
  }
  storage.database.close()
  return all
}

async function askRegistry({ keys, models, days }: (typeof REGISTRIES)[number]): Promise<Growth[]> {
  const storage = database()
  createTotals(storage.sql as never)
  addMissingMeasures(storage as never, TOTAL_TABLES)
  seedTotals(storage, { keys, models, days })
  const all: Growth[] = []
  const asks = [['day'], ['key'], ['key', 'day', 'model']] as const
  for (const by of asks) {
    const asked = {
      from: dayAt(days - 1),
      to: dayAt(0),
      by: TOTAL_DIMENSIONS.filter((each) => by.includes(each as never)),
      budget: SUMS_PER_PAGE,
    }
    const ask = (rest: () => Promise<void>, after?: Position) =>
      sumTotals(storage.sql as never, { ...asked, ...(after && { after }) }, rest)
    all.push(
      await measured(
        `${keys} keys, ${models} models, ${days} days by ${by.join(', ')}`,
        keys * days * models,
        ask,
      ),
    )
  }
  storage.database.close()
  return all
}

/** A table, with a bar for the time of each answer. */
function printable(all: readonly Growth[]): string {
  const longest = Math.max(...all.map(({ ms }) => ms))
  const lines = all.map(({ what, stored, rows, pages, ms, stepMs, heapMiB }) => {
    const figures = [stored, rows, pages, ms.toFixed(0), stepMs.toFixed(0), heapMiB.toFixed(0)]
    const bar = '#'.repeat(Math.ceil((BAR * ms) / longest))
    return `${what.padEnd(46)}${figures.map((each) => `${each}`.padStart(9)).join('')}  ${bar}`
  })
  const head = ['stored', 'rows', 'pages', 'CPU ms', 'step', 'heap MiB']
    .map((each) => each.padStart(9))
    .join('')
  const verdict =
    `Aimed at: at most ${MAX_REPORT_ROWS} rows and ${MAX_PAGE_MS / 1000} s a page, ` +
    `and no step of more than ${MAX_STEP_MS} ms: ${all.every(isBounded) ? 'reached' : 'not reached'}`
  return [`${''.padEnd(46)}${head}`, ...lines, '', verdict].join('\n')
}

/** CPU time, which is independent of other programs on the machine. */
function cpuMs(): number {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1000
}

interface Page<Cursor> {
  names: readonly unknown[]
  next?: Cursor
}

/** Reads all pages of a report and measures them. */
async function measured<Cursor>(
  what: string,
  stored: number,
  ask: (rest: () => Promise<void>, cursor?: Cursor) => Promise<Page<Cursor>>,
): Promise<Growth> {
  const growth = { what, stored, rows: 0, pages: 0, ms: 0, stepMs: 0, heapMiB: 0 }
  let cursor: Cursor | undefined
  do {
    const heap = process.memoryUsage().heapUsed
    const begun = cpuMs()
    let pausedAt = begun
    const step = () => {
      growth.stepMs = Math.max(growth.stepMs, cpuMs() - pausedAt)
      growth.heapMiB = Math.max(growth.heapMiB, (process.memoryUsage().heapUsed - heap) / 2 ** 20)
    }
    const page = await ask(async () => {
      step()
      await new Promise((resolve) => setImmediate(resolve))
      pausedAt = cpuMs()
    }, cursor)
    step()
    growth.ms = Math.max(growth.ms, cpuMs() - begun)
    growth.rows = Math.max(growth.rows, page.names.length)
    growth.pages++
    cursor = page.next
  } while (cursor !== undefined)
  return growth
}

/** Fills the tables of a meter; returns how many rows it has, of which a day has at most ROWS_A_DAY. */
function seedMeter({ database }: Storage, users: number): number {
  const ones = MEASURES.map(() => '1').join(', ')
  const names = MEASURES.map((measure) => `"${measure}"`).join(', ')
  database.exec(
    `WITH RECURSIVE d(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM d WHERE n + 1 < ${DAYS}),
       m(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM m WHERE n + 1 < ${MODELS}),
       u(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM u WHERE n + 1 < ${users})
     INSERT INTO usage (day, model, user, ${names})
       SELECT date('2026-11-28', '-' || d.n || ' days'), 'model-' || m.n, 'user-' || u.n, ${ones} FROM d, m, u
       WHERE m.n * ${users} + u.n < ${ROWS_A_DAY};
     INSERT INTO usage_days (day, model, endpoint, region, ${names})
       SELECT day, model, 'chat-completions', 'beijing', ${ones} FROM usage GROUP BY day, model`,
  )
  return DAYS * Math.min(users * MODELS, ROWS_A_DAY)
}

function seedTotals({ database }: Storage, seed: { keys: number; models: number; days: number }): void {
  const models = Array.from({ length: seed.models }, (_, index) => `model-${index}`)
  const row = JSON.stringify(
    models.map((model) => [model, 'chat-completions', 'beijing', ...MEASURES.map(() => 1)]),
  )
  const names = MEASURES.map((measure) => `"${measure}"`).join(', ')
  const sums = MEASURES.map(() => seed.keys).join(', ')
  database.exec(
    `WITH RECURSIVE d(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM d WHERE n + 1 < ${seed.days}),
       k(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM k WHERE n + 1 < ${seed.keys})
     INSERT INTO key_days SELECT date('2026-11-28', '-' || d.n || ' days'), printf('key_%016x', k.n), '${row}' FROM d, k;
     WITH RECURSIVE d(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM d WHERE n + 1 < ${seed.days})
     INSERT INTO day_totals (day, model, endpoint, region, ${names})
       SELECT date('2026-11-28', '-' || d.n || ' days'), m.value, 'chat-completions', 'beijing', ${sums}
       FROM d, json_each('${JSON.stringify(models)}') m`,
  )
}

function dayAt(daysAgo: number): string {
  return new Date(Date.parse('2026-11-28') - daysAgo * 86_400_000).toISOString().slice(0, 10)
}

type Storage = ReturnType<typeof database>

/** The part of a Durable Object's storage that the tables need. */
function database() {
  const database = new DatabaseSync(':memory:')
  const exec = (statement: string, ...bindings: SQLInputValue[]) => {
    if (bindings.length === 0 && !/^\s*SELECT/.test(statement)) {
      database.exec(statement)
      return { toArray: () => [] }
    }
    const prepared = database.prepare(statement)
    const raw = () => {
      prepared.setReturnArrays(true)
      return prepared.iterate(...bindings)
    }
    return {
      toArray: () => prepared.all(...bindings),
      [Symbol.iterator]: () => prepared.iterate(...bindings),
      raw,
    }
  }
  return { database, sql: { exec }, transactionSync: <T>(work: () => T): T => work() }
}
