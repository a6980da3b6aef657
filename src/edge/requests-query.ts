import type { RingQuery } from '../meter/object/request-ring.ts'
import { invalidParameter, numberInQuery } from '../policy/query.ts'
import { readFormat, readKeyParameter, requireKnown } from './usage-query.ts'

const DEFAULT_ROWS = 100

/** The maximum for a page of JSON; a CSV may have up to MAX_CSV_ROWS. */
const MAX_ROWS = 1000
const MAX_CSV_ROWS = 10_000

/** Fields that can be filtered by exact value. */
const FILTERS = ['id', 'model', 'user', 'endpoint', 'ending', 'code', 'region'] as const

const PARAMETERS: readonly string[] = ['key', 'limit', 'before', 'since', 'status', 'format', ...FILTERS]

/** Row numbers by key; an empty key stands for the only key of the query. */
export type Cursor = Readonly<Record<string, number>>

/** The cursor of the only key. */
export const ONLY = ''

/** The query of `GET /edge/requests`. */
export interface RequestsQuery {
  key: string | undefined
  limit: number
  before: Cursor
  since: Cursor
  fields: RingQuery['fields']
  status: RingQuery['status']
  format: 'json' | 'csv'
}

/**
 * Reads the parameters of `GET /edge/requests`.
 *
 * @throws GatewayError `invalid`, naming the parameter.
 */
export function readRequestsQuery(parameters: URLSearchParams, accept: string | null): RequestsQuery {
  requireKnown(parameters, PARAMETERS)
  const format = readFormat(parameters.get('format'), accept)
  const [usual, most] = format === 'csv' ? [MAX_CSV_ROWS, MAX_CSV_ROWS] : [DEFAULT_ROWS, MAX_ROWS]
  const fields = FILTERS.flatMap((name) => {
    const value = parameters.get(name)
    return value === null ? [] : [[name, value] as const]
  })
  return {
    key: readKeyParameter(parameters),
    limit: numberInQuery(parameters, 'limit', most) ?? usual,
    before: readCursor(parameters, 'before'),
    since: readCursor(parameters, 'since'),
    fields: Object.fromEntries(fields),
    status: readStatus(parameters.get('status')),
    format,
  }
}

/** A cursor as text: a number for one key, `key:number` for each of several. */
export function cursorText(cursor: Cursor): string {
  return Object.entries(cursor)
    .map(([key, seq]) => (key === ONLY ? `${seq}` : `${key}:${seq}`))
    .join(',')
}

function readCursor(parameters: URLSearchParams, name: string): Cursor {
  const text = parameters.get(name)
  if (text === null) return {}
  const cursor: Record<string, number> = {}
  for (const part of text.split(',')) {
    const [, key = ONLY, seq] = /^(?:(key_[0-9a-f]{16}):)?(\d{1,15})$/.exec(part) ?? []
    if (seq === undefined)
      throw invalidParameter(name, 'the number of a row, or the value of "next" or "newest"')
    cursor[key] = Number(seq)
  }
  return cursor
}

/** `200`, or a class of statuses as in `4xx`. */
function readStatus(text: string | null): RingQuery['status'] {
  if (text === null) return undefined
  if (/^[1-5]xx$/.test(text)) return [100 * Number(text[0]), 100 * Number(text[0]) + 99]
  if (/^(?:0|[1-5]\d\d)$/.test(text)) return [Number(text), Number(text)]
  throw invalidParameter('status', 'a status like 429, or 4xx or 5xx')
}
