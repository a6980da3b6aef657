import { KEYS_PER_READ } from '../../lib/workers-kv.ts'
import type { KeyRecord } from '../../policy/key-record.ts'
import { INDEX_PREFIX, readRecords } from '../store.ts'
import { selectKey, writeKey } from './rows.ts'

/** Keys moved by one step: 31 KV operations, and the Free plan allows 50 per request. */
const KEYS_PER_STEP = 1000

/** The progress of moving the keys of a deployment that stored them only in KV. */
export interface Move {
  cursor: string | null
  isDone: boolean
}

/** The stored progress. */
export function readMove(sql: SqlStorage): Move {
  const [row] = sql.exec('SELECT * FROM moved').toArray()
  if (!row) return { cursor: null, isDone: false }
  return { cursor: row.cursor === null ? null : String(row.cursor), isDone: row.is_done === 1 }
}

/** Moves the next keys from KV. Keys that are already in the directory stay unchanged. */
export async function moveStep(sql: SqlStorage, kv: KVNamespace, { cursor }: Move): Promise<Move> {
  const listed = await kv.list({ prefix: INDEX_PREFIX, limit: KEYS_PER_STEP, cursor })
  const ids = listed.keys.map(({ name }) => name.slice(INDEX_PREFIX.length))
  for (let start = 0; start < ids.length; start += KEYS_PER_READ) {
    await adoptKeys(sql, kv, ids.slice(start, start + KEYS_PER_READ))
  }
  const next: Move = listed.list_complete
    ? { cursor: null, isDone: true }
    : { cursor: listed.cursor, isDone: false }
  sql.exec('INSERT OR REPLACE INTO moved VALUES (1, ?, ?)', next.cursor, next.isDone ? 1 : 0)
  return next
}

/** Copies keys from KV by their ids; at most KEYS_A_READ. */
export async function adoptKeys(sql: SqlStorage, kv: KVNamespace, ids: readonly string[]): Promise<void> {
  const unknown = ids.filter((id) => !selectKey(sql, id))
  if (unknown.length === 0) return
  const index = await kv.get(
    unknown.map((id) => INDEX_PREFIX + id),
    { type: 'text' },
  )
  const hashes = [...index.values()].filter((hash) => hash !== null)
  if (hashes.length === 0) return
  for (const [position, record] of (await readRecords(kv, hashes)).entries()) {
    const hash = hashes[position]
    if (hash !== undefined && isRecord(record) && !selectKey(sql, record.id)) {
      writeKey(sql, { record, hash, version: 1 }, false)
    }
  }
}

function isRecord(record: KeyRecord | null): record is KeyRecord {
  return typeof record?.id === 'string'
}
