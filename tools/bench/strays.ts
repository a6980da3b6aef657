import type { Exchange } from './connection.ts'

/**
 * The tolerated share of unexpected responses: on a busy machine a lookup may exceed its time limit and count as a
 * miss.
 */
const MAX_OTHER_SHARE = 0.05

/**
 * The `Cache-Status` of the responses that were made in another way than the intended one.
 *
 * @returns an empty list if they are few enough to be tolerated; a response without the header counts as "nothing".
 */
export function straysIn(exchanges: readonly Exchange[], wanted: RegExp): string[] {
  const others = exchanges
    .map(({ headers }) => headers.get('cache-status') ?? 'nothing')
    .filter((status) => !wanted.test(status))
  return others.length > MAX_OTHER_SHARE * exchanges.length ? others : []
}
