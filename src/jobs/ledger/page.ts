/** A condition of SQL with one placeholder, and its value; without a value, the condition is skipped. */
export type Condition = readonly [sql: string, value: string | number | undefined]

/** The rows of a table that meet all conditions, newest first, at most `limit` of them. */
export function selectPage(
  sql: SqlStorage,
  table: 'jobs' | 'deliveries' | 'hook_events',
  conditions: readonly Condition[],
  limit: number,
): Record<string, SqlStorageValue>[] {
  const used = conditions.filter(
    (condition): condition is readonly [string, string | number] => condition[1] !== undefined,
  )
  const where = used.length > 0 ? `WHERE ${used.map(([condition]) => condition).join(' AND ')}` : ''
  const values = used.map(([, value]) => value)
  return sql
    .exec(`SELECT * FROM ${table} ${where} ORDER BY sequence DESC LIMIT ?`, ...values, limit)
    .toArray()
}
