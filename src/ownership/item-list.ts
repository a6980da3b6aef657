import type { Owned } from '../meter/object/owned-table.ts'
import { LIST_PAGE_SIZE } from './task-list.ts'

type Item = Record<string, unknown>

interface ItemSources {
  /** Returns one page of the caller's files or batches, newest first. */
  items: (after: string | undefined, limit: number) => Promise<Owned[]>
  /** Reads one item from DashScope; undefined if it is gone or not accessible. */
  read: (owned: Owned) => Promise<Item | undefined>
  /** Whether an item matches the filter. */
  belongs: (item: Item) => boolean
}

/** A Worker may wait for six connections at a time (Workers limits). */
const AT_ONCE = 6

/** Reads the items from DashScope, a few at a time; items that are gone are left out. */
export async function readEach(owned: readonly Owned[], read: ItemSources['read']): Promise<Item[]> {
  const found: Item[] = []
  for (let at = 0; at < owned.length; at += AT_ONCE) {
    const rows = await Promise.all(owned.slice(at, at + AT_ONCE).map(read))
    found.push(...rows.filter((row) => row !== undefined))
  }
  return found
}

/**
 * The caller's files or batches in the format of the compatible API. Each is read by its id: the account's list may
 * hold ten thousand files of others before one of this caller.
 *
 * A page examines at most LIST_PAGE_SIZE items. If most of them do not match the filter, the page is short or even
 * empty, with `has_more`. A client that continues from the last item misses nothing; one that stops at an empty page
 * may.
 *
 * @param after the id after which to continue; `limit` is the number of items per page.
 */
export async function listOwnItems(
  after: string | undefined,
  limit: number,
  { items, read, belongs }: ItemSources,
) {
  const owned = await items(after, LIST_PAGE_SIZE + 1)
  const data: Item[] = []
  let at = 0
  while (data.length < limit && at < Math.min(owned.length, LIST_PAGE_SIZE)) {
    const end = Math.min(at + AT_ONCE, at + limit - data.length, LIST_PAGE_SIZE)
    data.push(...(await readEach(owned.slice(at, end), read)).filter(belongs))
    at = end
  }
  return { object: 'list', data, has_more: owned.length > at }
}
