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

const MEASURES_0_2_0 = ['characters', 'seconds', 'images', 'video_seconds', 'tool_calls', 'pages']

function withMeasures(table: string, measures: readonly string[]): string[] {
  return measures.map((measure) => `ALTER TABLE ${table} ADD COLUMN "${measure}" INTEGER NOT NULL DEFAULT 0`)
}

/** The tables of 0.2.0, which was the first to number its steps; money in billionths. */
export const SCHEMA_0_2_0 = [
  ...SCHEMA_0_1_0,
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
  `INSERT INTO facts VALUES ('usage_days_from', '')`,
  ...withMeasures('usage', MEASURES_0_2_0),
  ...['usage_days', 'usage_hours'].flatMap((table) =>
    withMeasures(table, [...MEASURES_0_1_0, ...MEASURES_0_2_0]),
  ),
  'CREATE TABLE schema (id INTEGER PRIMARY KEY, version INTEGER NOT NULL)',
  'INSERT INTO schema VALUES (1, 4)',
]

/** Usage of 0.2.0 with 3 requests, 100 tokens in, 20 out and 700 micros, as each of its tables has it. */
export function usageRows2(day: string, model: string): string[] {
  const columns = 'requests, input_tokens, output_tokens, money'
  return [
    `INSERT INTO usage (day, model, user, cache_hits, "left", broken, refused, estimated, unpriced, cached_tokens,
       reasoning_tokens, image_tokens, video_tokens, audio_tokens, saved_tokens, saved_money, ${columns})
       VALUES ('${day}', '${model}', '', 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 3, 100, 20, 700000)`,
    `INSERT INTO usage_days (day, model, endpoint, region, ${columns})
       VALUES ('${day}', '${model}', '', '', 3, 100, 20, 700000)`,
  ]
}

/** A usage row of 0.1.0 with 3 requests, 100 tokens in, 20 out and 700 micros. */
export function usageRow0(day: string, model: string, user: string): string {
  const values = { requests: 3, input_tokens: 100, output_tokens: 20, money: 700 }
  const measures = MEASURES_0_1_0.map((measure) => values[measure as keyof typeof values] ?? 0)
  return `INSERT INTO usage VALUES ('${day}', '${model}', '${user}', ${measures.join(', ')})`
}
