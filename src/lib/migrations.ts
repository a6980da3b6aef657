/** One step of a schema. Never change a released step; append a new one instead. */
export type Migration = (sql: SqlStorage) => void

/** The part of a Durable Object's storage that holds tables. */
export type TableStorage = Pick<DurableObjectStorage, 'sql' | 'transactionSync'>

/**
 * Runs the migrations that an object has not run yet, in one transaction: if one fails, the object stays as it was.
 *
 * @param steps in order; the object stores how many of them have run.
 */
export function runMigrations(storage: TableStorage, steps: readonly Migration[]): void {
  const { sql } = storage
  const version = readVersion(sql)
  if (version === steps.length) return
  storage.transactionSync(() => {
    for (const step of steps.slice(version)) step(sql)
    sql.exec('CREATE TABLE IF NOT EXISTS schema (id INTEGER PRIMARY KEY, version INTEGER NOT NULL)')
    sql.exec('INSERT OR REPLACE INTO schema VALUES (1, ?)', steps.length)
  })
}

/** Whether an object has a table. */
export function hasTable(sql: SqlStorage, table: string): boolean {
  return sql.exec(`SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?`, table).toArray().length > 0
}

/** The names of a table's columns; empty if there is no such table. */
export function columnsOf(sql: SqlStorage, table: string): Set<string> {
  const rows = sql.exec('SELECT name FROM pragma_table_info(?)', table).toArray()
  return new Set(rows.map(({ name }) => String(name)))
}

/** The schema version; 0 for objects whose tables are older than the version numbers. */
function readVersion(sql: SqlStorage): number {
  if (!hasTable(sql, 'schema')) return 0
  return Number(sql.exec('SELECT version FROM schema').toArray()[0]?.version ?? 0)
}
