import type { Owned } from '../meter/object/owned-table.ts'
import { LIST_PAGE_SIZE } from './task-list.ts'

type Item = Record<string, unknown>

interface Sources {
  /** One page of the caller's files or batches, newest first. */
  items: (after: string | undefined, limit: number) => Promise<Owned[]>
  /** What DashScope says of one, or undefined if it is gone or out of reach. */
  read: (owned: Owned) => Promise<Item | undefined>
  /** Whether it belongs into the list, by what DashScope says of it. */
  belongs: (item: Item) => boolean
}

/** A Worker may wait for six connections at once (Workers limits). */
const AT_ONCE = 6

/** What DashScope says of each, a few at once; what is gone is left out. */
export async function readEach(owned: readonly Owned[], read: Sources['read']): Promise<Item[]> {
  const found: Item[] = []
  for (let at = 0; at < owned.length; at += AT_ONCE) {
    const rows = await Promise.all(owned.slice(at, at + AT_ONCE).map(read))
    found.push(...rows.filter((row) => row !== undefined))
  }
  return found
}

/**
 * The caller's files or batches as the compatible API lists them. Each is asked for by its id: the account's own list may hold ten
 * thousand files of others before it finds one of this caller's.
 *
 * A page looks at no more than LIST_PAGE_SIZE of them. Where most of them do not belong, it comes short, or even empty, with
 * `has_more`; a client that continues from its last file misses nothing; one that stops at an empty page may.
 *
 * @param after the id after which to go on; `limit` is the number of items a page.
 */
export async function listOwnItems(
  after: string | undefined,
  limit: number,
  { items, read, belongs }: Sources,
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
