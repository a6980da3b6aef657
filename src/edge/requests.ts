import { readConfig } from '../config.ts'
import { NANOS } from '../dashscope/prices.ts'
import { GatewayError } from '../errors.ts'
import { readAddress } from '../lib/address.ts'
import type { RowWithBody } from '../meter/object/kept-requests.ts'
import type { RingQuery } from '../meter/object/request-ring.ts'
import { REQUEST_FIELDS } from '../meter/request-row.ts'
import { csvOf } from '../meter/usage-report.ts'
import type { EdgeContext } from '../proxy/exchange.ts'
import { identifyEdgeCaller } from './caller.ts'
import { askMeters, gaps, keysAsked, reportKeys } from './report-keys.ts'
import { type Cursor, cursorText, ONLY, type RequestsQuery, readRequestsQuery } from './requests-query.ts'
import { readKeyParameter, requireKnown } from './usage-query.ts'

/** A row in the API. */
type ShownRow = Record<string, unknown> & { key: string; seq: number; started_at: string }

const CSV_COLUMNS = ['key', 'seq', 'started_at', ...REQUEST_FIELDS.filter((field) => field !== 'started_ms')]

/**
 * `GET /requests`: the newest requests, without prompts and responses. The operator gets the merged rows of all keys,
 * or of the most recently used ones if there are many; a client key gets its own.
 */
export async function listRequests(c: EdgeContext): Promise<Response> {
  const nowMs = Date.now()
  const caller = await identifyEdgeCaller(c.req.raw, c.env, nowMs)
  const query = readRequestsQuery(readAddress(c.req.url).searchParams, c.req.header('accept') ?? null)
  const keys = await reportKeys(c.env, caller, query.key)
  const { requestLog: size, logBodies } = readConfig(c.env)
  const bodies = logBodies && query.format === 'json' ? { bodies: 'marked' as const } : {}
  const isOne = keys.of === 1 && (query.key !== undefined || caller.kind === 'client')
  const { results, failed } = await askMeters(c.env, keysAsked(keys), (meter, { id }) =>
    meter.requests({ ...ringQuery(query, isOne ? ONLY : id), ...bodies, size }, nowMs),
  )
  const all = results.flatMap(([{ id }, rows]) => rows.map((row) => shown(row, id)))
  const rows = all.toSorted(byTime).slice(0, query.limit)
  if (query.format === 'csv') {
    c.header('content-type', 'text/csv; charset=utf-8')
    c.header('content-disposition', 'attachment; filename="requests.csv"')
    return c.body(
      csvOf(
        CSV_COLUMNS,
        rows.map(({ attempts, ...row }) => ({ ...row, attempts: countOf(attempts) })),
      ),
    )
  }
  const hasMore = all.length >= query.limit
  return c.json({
    rows,
    next: hasMore ? cursorText(edges(rows, query.before, isOne, Math.min)) : null,
    newest: cursorText(edges(rows, query.since, isOne, Math.max)),
    ...gaps({ failed }, keys),
  })
}

/**
 * `GET /requests/{id}`: one request by its `X-Edge-Request-Id`, with its body and response if they are kept. With `?key=`
 * only one meter is read instead of all.
 *
 * @throws GatewayError `notFound`.
 */
export async function showRequest(c: EdgeContext): Promise<Response> {
  const nowMs = Date.now()
  const caller = await identifyEdgeCaller(c.req.raw, c.env, nowMs)
  const parameters = readAddress(c.req.url).searchParams
  requireKnown(parameters, ['key'])
  const keys = await reportKeys(c.env, caller, readKeyParameter(parameters))
  const id = c.req.param('id') ?? ''
  const { requestLog: size, logBodies } = readConfig(c.env)
  const bodies = logBodies ? { bodies: 'whole' as const } : {}
  const { results } = await askMeters(c.env, keysAsked(keys), (meter) =>
    meter.requests({ limit: 1, size, fields: { id }, ...bodies }, nowMs),
  )
  const [row] = results.flatMap(([key, rows]) => rows.map((each) => shown(each, key.id)))
  if (row) return c.json(row)
  throw new GatewayError(
    'notFound',
    'There is no such request in the log. The log has only requests with a valid key, and only the newest ones of each key.',
  )
}

function ringQuery(
  { limit, fields, status, before, since }: RequestsQuery,
  key: string,
): Omit<RingQuery, 'size'> {
  return {
    limit,
    fields,
    ...(status && { status }),
    ...(before[key] !== undefined && { before: before[key] }),
    ...(since[key] !== undefined && { since: since[key] }),
  }
}

function shown({ started_ms, money, saved_money, ...row }: RowWithBody, key: string): ShownRow {
  return {
    ...row,
    key,
    started_at: new Date(Number(started_ms)).toISOString(),
    ...(money !== undefined && { money: Number(money) / NANOS }),
    ...(saved_money !== undefined && { saved_money: Number(saved_money) / NANOS }),
  }
}

function byTime(one: ShownRow, other: ShownRow): number {
  return one.started_at === other.started_at
    ? other.seq - one.seq
    : one.started_at < other.started_at
      ? 1
      : -1
}

/** The number of the oldest or newest row of each key; for keys without a row, the previous number. */
function edges(
  rows: readonly ShownRow[],
  before: Cursor,
  isOne: boolean,
  choose: (one: number, other: number) => number,
): Cursor {
  const cursor: Record<string, number> = {}
  for (const { key, seq } of rows) {
    const name = isOne ? ONLY : key
    cursor[name] = choose(cursor[name] ?? seq, seq)
  }
  return { ...before, ...cursor }
}

function countOf(attempts: unknown): number {
  return Array.isArray(attempts) ? attempts.length : 0
}
