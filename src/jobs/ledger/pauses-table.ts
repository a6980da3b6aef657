import { type DestinationPause, UNPAUSED } from '../destination-pause.ts'

/** The pause of a host. */
export function readPause(sql: SqlStorage, host: string): DestinationPause {
  const [row] = sql.exec('SELECT failures, probe_ms FROM circuits WHERE host = ?', host).toArray()
  return row ? { failures: Number(row.failures), nextMs: Number(row.probe_ms) } : UNPAUSED
}

/** Stores the pause of a host; a host without failures needs no row. */
export function writePause(sql: SqlStorage, host: string, { failures, nextMs }: DestinationPause): void {
  if (failures === 0) sql.exec('DELETE FROM circuits WHERE host = ?', host)
  else sql.exec('INSERT OR REPLACE INTO circuits VALUES (?, ?, ?)', host, failures, nextMs)
}
