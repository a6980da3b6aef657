/**
 * When the next job, batch or message is due, in milliseconds since 1970: one time, or an empty list if nothing
 * waits.
 *
 * Every acknowledgement runs this query. With the conditions, SQLite uses the partial indexes; without them it reads
 * every row.
 */
export function nextDueMs(sql: SqlStorage): number[] {
  const select = `SELECT min(at) AS next FROM (
    SELECT min(wake_ms) AS at FROM jobs WHERE wake_ms IS NOT NULL
    UNION ALL SELECT min(wake_ms) FROM batches
    UNION ALL SELECT min(next_ms) FROM deliveries WHERE next_ms IS NOT NULL)`
  const { next } = sql.exec(select).one()
  return typeof next === 'number' ? [next] : []
}
