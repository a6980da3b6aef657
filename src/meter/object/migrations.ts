import { shiftDay } from '../../lib/calendar.ts'
import {
  columnsOf,
  hasTable,
  type Migration,
  runMigrations,
  type TableStorage,
} from '../../lib/migrations.ts'
import { MEASURES } from '../measures.ts'
import { createKeptRequests } from './kept-requests.ts'

/** The tables of 0.1.0, which recorded no schema version. Deployments of that version already have them. */
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

/** The account that created a task or file, which the first version did not record. */
const addHomes: Migration = (sql) => {
  if (!columnsOf(sql, 'owned').has('home')) {
    sql.exec(`ALTER TABLE owned ADD COLUMN home TEXT NOT NULL DEFAULT ''`)
  }
}

/**
 * Money was counted in millionths until 0.1.0, which rounded cheap requests to 0; now it is counted in billionths.
 */
const countMoneyInNanos: Migration = (sql) => {
  for (const table of ['reservations', 'spent']) sql.exec(`UPDATE ${table} SET money = money * 1000`)
  sql.exec('UPDATE usage SET money = money * 1000, saved_money = saved_money * 1000')
}

/**
 * Usage by endpoint, region and hour, counts of errors, and the request log. Days before this migration are only in
 * `usage`.
 */
const createReportTables: Migration = (sql) => {
  sql.exec(
    `CREATE TABLE usage_days (
       day TEXT NOT NULL, model TEXT NOT NULL, endpoint TEXT NOT NULL, region TEXT NOT NULL,
       PRIMARY KEY (day, model, endpoint, region)) WITHOUT ROWID;
     CREATE TABLE usage_hours (
       hour TEXT NOT NULL, model TEXT NOT NULL, endpoint TEXT NOT NULL, region TEXT NOT NULL,
       latency TEXT NOT NULL DEFAULT '{}', PRIMARY KEY (hour, model, endpoint, region)) WITHOUT ROWID;
     CREATE TABLE errors (
       day TEXT NOT NULL, model TEXT NOT NULL, status INTEGER NOT NULL, code TEXT NOT NULL, reason TEXT NOT NULL,
       requests INTEGER NOT NULL, PRIMARY KEY (day, model, status, code, reason)) WITHOUT ROWID;
     CREATE TABLE requests (slot INTEGER PRIMARY KEY, seq INTEGER NOT NULL, row TEXT NOT NULL);
     CREATE TABLE unreported (day TEXT PRIMARY KEY) WITHOUT ROWID;
     CREATE TABLE facts (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID`,
  )
  const [newest] = sql.exec('SELECT max(day) AS day FROM usage').toArray()
  const old = newest?.day ?? null
  const from = old === null ? '' : shiftDay(String(old), 1)
  sql.exec('INSERT INTO facts VALUES (?, ?)', DAYS_FROM, from)
}

/** The name of the fact with the day from which `usage_days` is complete; empty: from the first day. */
export const DAYS_FROM = 'usage_days_from'

/** The value of a fact; empty if there is none. */
export function readFact(sql: SqlStorage, name: string): string {
  return String(sql.exec('SELECT value FROM facts WHERE name = ?', name).toArray()[0]?.value ?? '')
}

/** The charges of submitted tasks, until their results are known. */
const createTaskCharges: Migration = (sql) => {
  sql.exec(
    'CREATE TABLE task_charges (task TEXT PRIMARY KEY, at_ms INTEGER NOT NULL, charge TEXT NOT NULL) WITHOUT ROWID',
  )
}

/** Columns for limits on audio and on synthesized characters. */
const countSpeech: Migration = (sql) => {
  for (const table of ['reservations', 'spent']) {
    sql.exec(`ALTER TABLE ${table} ADD COLUMN audio_seconds INTEGER NOT NULL DEFAULT 0`)
    sql.exec(`ALTER TABLE ${table} ADD COLUMN characters INTEGER NOT NULL DEFAULT 0`)
  }
}

/** In order; the object stores how many have run. */
const MIGRATIONS: readonly Migration[] = [
  createTables,
  addHomes,
  countMoneyInNanos,
  createReportTables,
  createTaskCharges,
  countSpeech,
  createKeptRequests,
]

/** Tables that count measures: each has a column for every row of MEASURES. */
const TABLES_WITH_MEASURES = ['usage', 'usage_days', 'usage_hours']

/** Whether the object has been written to. Reads of an object without tables must not create any. */
export function hasTables(sql: SqlStorage): boolean {
  return hasTable(sql, 'usage')
}

/**
 * Migrates the tables of an object from any released schema, or creates them.
 *
 * A new measure needs no migration: its column is added to the tables, with 0 in all existing rows.
 */
export function migrateMeter(storage: TableStorage): void {
  runMigrations(storage, MIGRATIONS)
  addMissingMeasures(storage, TABLES_WITH_MEASURES)
}

/** Adds missing columns of measures to tables. */
export function addMissingMeasures(storage: TableStorage, tables: readonly string[]): void {
  const { sql } = storage
  for (const table of tables) {
    const columns = columnsOf(sql, table)
    const missing = MEASURES.filter((measure) => !columns.has(measure))
    if (missing.length === 0) continue
    storage.transactionSync(() => {
      for (const measure of missing) {
        sql.exec(`ALTER TABLE ${table} ADD COLUMN "${measure}" INTEGER NOT NULL DEFAULT 0`)
      }
    })
  }
}
