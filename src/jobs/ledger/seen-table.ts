/**
 * Claims a name for some time; of concurrent callers only the first succeeds.
 *
 * @param scope separates names of different kinds: `hook hk_…`, `idempotency`, `alert`.
 * @param value returned to later callers, such as the id of the created job.
 * @returns undefined for the first caller, the stored value for every later one.
 */
export function claim(
  sql: SqlStorage,
  scope: string,
  id: string,
  value: string,
  nowMs: number,
  untilMs: number,
): string | undefined {
  const before = recallClaim(sql, scope, id, nowMs)
  if (before === undefined)
    sql.exec('INSERT OR REPLACE INTO seen VALUES (?, ?, ?, ?)', scope, id, untilMs, value)
  return before
}

/** The value stored with a claim; undefined if the name is not claimed or the claim has expired. */
export function recallClaim(sql: SqlStorage, scope: string, id: string, nowMs: number): string | undefined {
  const select = 'SELECT value FROM seen WHERE scope = ? AND id = ? AND until_ms > ?'
  const [row] = sql.exec(select, scope, id, nowMs).toArray()
  return row === undefined ? undefined : String(row.value)
}

/** Releases a claim early. */
export function releaseClaim(sql: SqlStorage, scope: string, id: string): void {
  sql.exec('DELETE FROM seen WHERE scope = ? AND id = ?', scope, id)
}

/** Deletes expired claims. */
export function pruneClaims(sql: SqlStorage, nowMs: number): void {
  sql.exec('DELETE FROM seen WHERE until_ms <= ?', nowMs)
}
