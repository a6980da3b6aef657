/** How released versions made their tables: statements that a test runs in an object before today's code sees it. */

const RESERVATION_TABLES = `
  CREATE TABLE IF NOT EXISTS reservations (
    id TEXT PRIMARY KEY, at_ms INTEGER NOT NULL, expires_ms INTEGER NOT NULL, kept_until_ms INTEGER NOT NULL,
    tokens INTEGER NOT NULL, money INTEGER NOT NULL, session TEXT, settled INTEGER NOT NULL) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS spent (
    day TEXT PRIMARY KEY, tokens INTEGER NOT NULL, money INTEGER NOT NULL) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS sessions (
    id TEXT PRIMARY KEY, requests INTEGER NOT NULL, tokens INTEGER NOT NULL, expires_ms INTEGER NOT NULL)
    WITHOUT ROWID`

const MEASURES_0_1_0 = [
  ...['requests', 'cache_hits', 'left', 'broken', 'refused', 'estimated', 'unpriced'],
  ...['input_tokens', 'output_tokens', 'cached_tokens', 'reasoning_tokens'],
  ...['image_tokens', 'video_tokens', 'audio_tokens', 'money', 'saved_tokens', 'saved_money'],
]

const USAGE_TABLE = `CREATE TABLE IF NOT EXISTS usage (day TEXT NOT NULL, model TEXT NOT NULL, user TEXT NOT NULL,
  ${MEASURES_0_1_0.map((measure) => `"${measure}" INTEGER NOT NULL`).join(', ')},
  PRIMARY KEY (day, model, user)) WITHOUT ROWID`

const OWNED_TABLE = `CREATE TABLE IF NOT EXISTS owned (
  sequence INTEGER PRIMARY KEY, kind TEXT NOT NULL, id TEXT NOT NULL, created_ms INTEGER NOT NULL, UNIQUE (kind, id))`

/** The tables of 0.1.0. */
export const SCHEMA_0_1_0 = [
  OWNED_TABLE,
  `ALTER TABLE owned ADD COLUMN home TEXT NOT NULL DEFAULT ''`,
  RESERVATION_TABLES,
  USAGE_TABLE,
]

/** The tables before an object recorded which account made a task or file. */
export const SCHEMA_WITHOUT_HOMES = [OWNED_TABLE, RESERVATION_TABLES, USAGE_TABLE]

/** A usage row of 0.1.0 with 3 requests, 100 tokens in, 20 out and 700 micros. */
export function usageRow0(day: string, model: string, user: string): string {
  const values = { requests: 3, input_tokens: 100, output_tokens: 20, money: 700 }
  const measures = MEASURES_0_1_0.map((measure) => values[measure as keyof typeof values] ?? 0)
  return `INSERT INTO usage VALUES ('${day}', '${model}', '${user}', ${measures.join(', ')})`
}
