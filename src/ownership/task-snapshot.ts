import { setBounded } from '../lib/bounded-map.ts'
import type { TaskSnapshot } from './task-list.ts'

/** Long enough to page through a list, short enough that the task states are still useful. */
const SNAPSHOT_MS = 15_000

/** A snapshot may hold a thousand rows of about 500 bytes. */
const MAX_SNAPSHOTS = 8

/**
 * Shared by all requests of this isolate. Rows of other owners are never sent: each request filters by its caller.
 */
const snapshots = new Map<string, TaskSnapshot & { untilMs: number }>()

/**
 * Reads the list of an account, once for all pages that a caller requests within {@link SNAPSHOT_MS}. The first page
 * always reads it again, so that it contains a task that was just submitted.
 *
 * @param name the account and the filters.
 * @param pageNumber the requested page of the caller's list, from 1.
 * @param read reads the whole list; its errors are rethrown.
 */
export async function taskSnapshot(
  name: string,
  pageNumber: number,
  nowMs: number,
  read: () => Promise<TaskSnapshot>,
): Promise<TaskSnapshot> {
  const kept = pageNumber > 1 ? snapshots.get(name) : undefined
  if (kept && kept.untilMs > nowMs) return kept
  const fresh = await read()
  setBounded(snapshots, name, { ...fresh, untilMs: nowMs + SNAPSHOT_MS }, MAX_SNAPSHOTS)
  return fresh
}
