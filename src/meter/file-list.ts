import type { Owned } from './meter.ts'

interface Sources {
  /** One page of the caller's files, newest first. */
  files: (after: string | undefined, limit: number) => Promise<Owned[]>
  /** What DashScope says of a file, or undefined where it is gone or out of reach. */
  file: (owned: Owned) => Promise<Record<string, unknown> | undefined>
}

/** A Worker may wait for six connections at once (Workers limits). */
const AT_ONCE = 6

/**
 * The caller's files as the compatible API lists them. Each is asked for by its id: the account's own list may hold ten
 * thousand files of others before it comes to this caller's.
 *
 * @param after the id after which to go on; `limit` is the number of files a page.
 */
export async function listOwnFiles(after: string | undefined, limit: number, { files, file }: Sources) {
  const page = await files(after, limit + 1)
  const wanted = page.slice(0, limit)
  const data: Record<string, unknown>[] = []
  for (let at = 0; at < wanted.length; at += AT_ONCE) {
    const found = await Promise.all(wanted.slice(at, at + AT_ONCE).map(file))
    data.push(...found.filter((each) => each !== undefined))
  }
  return { object: 'list', data, has_more: page.length > limit }
}
