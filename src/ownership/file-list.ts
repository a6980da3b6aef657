import type { Owned } from '../meter/object/owned-table.ts'
import { LIST_PAGE_SIZE } from './task-list.ts'

interface Sources {
  /** One page of the caller's files, newest first. */
  files: (after: string | undefined, limit: number) => Promise<Owned[]>
  /** What DashScope says of a file, or undefined where it is gone or out of reach. */
  file: (owned: Owned) => Promise<Record<string, unknown> | undefined>
  /** Whether a file belongs into the list, by what DashScope says of it. */
  belongs: (file: Record<string, unknown>) => boolean
}

/** A Worker may wait for six connections at once (Workers limits). */
const AT_ONCE = 6

/**
 * The caller's files as the compatible API lists them. Each is asked for by its id: the account's own list may hold ten
 * thousand files of others before it comes to this caller's.
 *
 * A page looks at no more than LIST_PAGE_SIZE files. Where most of them do not belong, it comes short, or even empty, with
 * `has_more`; a client that goes on from its last file misses nothing, one that stops at an empty page may.
 *
 * @param after the id after which to go on; `limit` is the number of files a page.
 */
export async function listOwnFiles(
  after: string | undefined,
  limit: number,
  { files, file, belongs }: Sources,
) {
  const owned = await files(after, LIST_PAGE_SIZE + 1)
  const data: Record<string, unknown>[] = []
  let at = 0
  while (data.length < limit && at < Math.min(owned.length, LIST_PAGE_SIZE)) {
    const end = Math.min(at + AT_ONCE, at + limit - data.length, LIST_PAGE_SIZE)
    const found = await Promise.all(owned.slice(at, end).map(file))
    for (const row of found) if (row && belongs(row)) data.push(row)
    at = end
  }
  return { object: 'list', data, has_more: owned.length > at }
}
