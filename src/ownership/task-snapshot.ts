import { setBounded } from '../lib/bounded-map.ts'
import type { TaskSnapshot } from './task-list.ts'

/** Long enough to page through a list, short enough that the states of the tasks are still worth reading. */
const SNAPSHOT_MS = 15_000

/** A snapshot may hold a thousand rows of about 500 bytes. */
const MAX_SNAPSHOTS = 8

/** Shared by all requests of this isolate. Rows of other owners never leave: each request filters them by its caller. */
const snapshots = new Map<string, TaskSnapshot & { untilMs: number }>()

/**
 * Reads the list of an account, once for all pages that a caller asks for within {@link SNAPSHOT_MS}. The first page always
 * reads it again, so that a task which was just submitted is in it.
 *
 * @param name the account and the filters.
 * @param pageNumber which page of the caller's list is asked for, from 1.
 * @param read reads the whole list; its errors pass.
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
