import { invalidParameter, numberInQuery } from '../policy/query.ts'

const MAX_PAGE = 100
const DEFAULT_PAGE = 20

/**
 * A query parameter with a fixed set of values; undefined if absent. Throws GatewayError `invalid` for another value.
 */
export function wordIn<Word extends string>(
  query: URLSearchParams,
  name: string,
  words: readonly Word[],
): Word | undefined {
  const text = query.get(name)
  if (text === null) return undefined
  const word = words.find((each) => each === text)
  if (word !== undefined) return word
  throw invalidParameter(name, `one of ${words.join(', ')}`)
}

/** A time in ISO 8601 as milliseconds; undefined if it is absent. */
export function momentIn(query: URLSearchParams, name: string): number | undefined {
  const text = query.get(name)
  if (text === null) return undefined
  const milliseconds = /^\d{4}-\d{2}-\d{2}/.test(text) ? Date.parse(text) : Number.NaN
  if (!Number.isNaN(milliseconds)) return milliseconds
  throw invalidParameter(name, 'a time in ISO 8601, like 2026-11-28T00:00:00Z')
}

/** The requested page size. */
export function limitIn(query: URLSearchParams): number {
  return numberInQuery(query, 'limit', MAX_PAGE) ?? DEFAULT_PAGE
}

/** Where a page begins: the sequence number from the previous page. */
export function cursorIn(query: URLSearchParams): number | undefined {
  return numberInQuery(query, 'cursor', Number.MAX_SAFE_INTEGER)
}

/** A page of a list; an additional row means that there is a next page. */
export function pageOf<Row extends { sequence: number; record: unknown }>(
  rows: readonly Row[],
  limit: number,
) {
  const data = rows.slice(0, limit)
  const last = data.at(-1)
  return {
    data: data.map(({ record }) => record as Row['record']),
    next: rows.length > limit && last ? String(last.sequence) : null,
  }
}
