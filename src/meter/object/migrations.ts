import { MEASURES } from '../measures.ts'

/** One step of the schema. A released step never changes; a change to the tables is a new step at the end. */
type Migration = (sql: SqlStorage) => void

/** The tables of 0.1.0, which recorded no schema version. Some of those deployments have them already. */
const createTables: Migration = (sql) => {
  sql.exec(
    `CREATE TABLE IF NOT EXISTS owned (
       sequence INTEGER PRIMARY KEY, kind TEXT NOT NULL, id TEXT NOT NULL, created_ms INTEGER NOT NULL, UNIQUE (kind, id));
     CREATE TABLE IF NOT EXISTS reservations (
       id TEXT PRIMARY KEY, at_ms INTEGER NOT NULL, expires_ms INTEGER NOT NULL, kept_until_ms INTEGER NOT NULL,
       tokens INTEGER NOT NULL, money INTEGER NOT NULL, session TEXT, settled INTEGER NOT NULL) WITHOUT ROWID;
     CREATE TABLE IF NOT EXISTS spent (
       day TEXT PRIMARY KEY, tokens INTEGER NOT NULL, money INTEGER NOT NULL) WITHOUT ROWID;
     CREATE TABLE IF NOT EXISTS sessions (
       id TEXT PRIMARY KEY, requests INTEGER NOT NULL, tokens INTEGER NOT NULL, expires_ms INTEGER NOT NULL)
       WITHOUT ROWID;
     CREATE TABLE IF NOT EXISTS usage (
       day TEXT NOT NULL, model TEXT NOT NULL, user TEXT NOT NULL,
       "requests" INTEGER NOT NULL, "cache_hits" INTEGER NOT NULL, "left" INTEGER NOT NULL,
       "broken" INTEGER NOT NULL, "refused" INTEGER NOT NULL, "estimated" INTEGER NOT NULL,
       "unpriced" INTEGER NOT NULL, "input_tokens" INTEGER NOT NULL, "output_tokens" INTEGER NOT NULL,
       "cached_tokens" INTEGER NOT NULL, "reasoning_tokens" INTEGER NOT NULL, "image_tokens" INTEGER NOT NULL,
       "video_tokens" INTEGER NOT NULL, "audio_tokens" INTEGER NOT NULL, "money" INTEGER NOT NULL,
       "saved_tokens" INTEGER NOT NULL, "saved_money" INTEGER NOT NULL,
       PRIMARY KEY (day, model, user)) WITHOUT ROWID`,
  )
}

/** The account that made a task or file. The first version recorded none. */
const addHomes: Migration = (sql) => {
  if (!columnsOf(sql, 'owned').has('home')) {
    sql.exec(`ALTER TABLE owned ADD COLUMN home TEXT NOT NULL DEFAULT ''`)
  }
}

/** Money was counted in millionths until 0.1.0, which rounded cheap requests to nothing; it is counted in billionths. */
const countMoneyInNanos: Migration = (sql) => {
  for (const table of ['reservations', 'spent']) sql.exec(`UPDATE ${table} SET money = money * 1000`)
  sql.exec('UPDATE usage SET money = money * 1000, saved_money = saved_money * 1000')
}

/** In order; the number of steps that were taken is stored in the object. */
const MIGRATIONS: readonly Migration[] = [createTables, addHomes, countMoneyInNanos]

/** Tables that count measures: each has a column for every row of MEASURES. */
const TABLES_WITH_MEASURES = ['usage']

/** Whether the object has been written to. Reads of an object without tables answer without creating any. */
export function hasTables(sql: SqlStorage): boolean {
  return hasTable(sql, 'usage')
}

/**
 * Brings the tables of an object up to date, from every released schema and from nothing, in one transaction: a step that
 * fails leaves the object as it was.
 *
 * A new measure needs no step: its column is added wherever it is missing, with 0 in all existing rows.
 */
export function migrate(storage: Pick<DurableObjectStorage, 'sql' | 'transactionSync'>): void {
  const { sql } = storage
  const version = readVersion(sql)
  const added = TABLES_WITH_MEASURES.map((table) => ({ table, missing: missingMeasures(sql, table) }))
  if (version === MIGRATIONS.length && added.every(({ missing }) => missing.length === 0)) return
  storage.transactionSync(() => {
    for (const step of MIGRATIONS.slice(version)) step(sql)
    for (const table of TABLES_WITH_MEASURES) {
      for (const measure of missingMeasures(sql, table)) {
        sql.exec(`ALTER TABLE ${table} ADD COLUMN "${measure}" INTEGER NOT NULL DEFAULT 0`)
      }
    }
    sql.exec('CREATE TABLE IF NOT EXISTS schema (id INTEGER PRIMARY KEY, version INTEGER NOT NULL)')
    sql.exec('INSERT OR REPLACE INTO schema VALUES (1, ?)', MIGRATIONS.length)
  })
}

/** How many steps were taken; 0 also for the tables of 0.1.0, over which the first step does nothing. */
function readVersion(sql: SqlStorage): number {
  if (!hasTable(sql, 'schema')) return 0
  return Number(sql.exec('SELECT version FROM schema').toArray()[0]?.version ?? 0)
}

function missingMeasures(sql: SqlStorage, table: string): string[] {
  const columns = columnsOf(sql, table)
  return MEASURES.filter((measure) => !columns.has(measure))
}

function columnsOf(sql: SqlStorage, table: string): Set<string> {
  const rows = sql.exec('SELECT name FROM pragma_table_info(?)', table).toArray()
  return new Set(rows.map(({ name }) => String(name)))
}

function hasTable(sql: SqlStorage, table: string): boolean {
  return sql.exec(`SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?`, table).toArray().length > 0
}
