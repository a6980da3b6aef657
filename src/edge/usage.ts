import { type Env, readConfig } from '../config.ts'
import type { KeyName } from '../keys/registry.ts'
import { askRegistry } from '../keys/registry.ts'
import { readAddress } from '../lib/address.ts'
import { SUMS_PER_PAGE } from '../meter/object/group-sums.ts'
import { OWN_DIMENSIONS } from '../meter/object/usage-steps.ts'
import { askTotals, TOTAL_DIMENSIONS } from '../meter/totals.ts'
import { type KeySums, report, toCsv, total } from '../meter/usage-report.ts'
import type { EdgeContext } from '../proxy/exchange.ts'
import { identifyEdgeCaller } from './caller.ts'
import { askMeters, gaps, keysAsked, type ReportKeys, reportKeys } from './report-keys.ts'
import { type UsageCursor, writeUsageCursor } from './usage-cursor.ts'
import { invalidCursor, readUsageQuery, type UsageQuery } from './usage-query.ts'

/** Maximum rows of one meter in a report over several keys: forty meters must fit into an isolate together. */
const ROWS_PER_METER = 2000

/** The registry's totals lag by this time, for which meters collect usage before they report it. */
const TOTALS_LAG_SECONDS = 300

/** A byte order mark. */
const BOM = '\uFEFF'

/** `GET /usage`: the operator sees all keys, including revoked ones; a client key sees its own. */
export async function getUsage(c: EdgeContext): Promise<Response> {
  const { env, req } = c
  const nowMs = Date.now()
  const caller = await identifyEdgeCaller(req.raw, env, nowMs)
  const { calendar, billing } = readConfig(env)
  const parameters = readAddress(req.url).searchParams
  const query = readUsageQuery(parameters, req.header('accept') ?? null, nowMs, calendar)
  const keys = await reportKeys(env, caller, query.key)
  const { parts, notes, names, cursor } = await readPage(env, keys, query)
  const { currency } = billing
  const { from, to, by, format, hasBom } = query
  const rows = report(parts, by, calendar).map((row) => ({ ...row, ...nameOf(row.key, names) }))
  if (cursor) c.header('link', `<${nextPage(parameters, cursor)}>; rel="next"`)
  if (format === 'csv') {
    c.header('content-type', 'text/csv; charset=utf-8')
    c.header('content-disposition', `attachment; filename="usage-${from}-${to}.csv"`)
    const csv = toCsv(rows, by, currency, by.includes('key') ? ['name', 'revoked_at'] : [])
    return c.body((hasBom ? BOM : '') + csv)
  }
  return c.json({
    from,
    to,
    time_zone: calendar.timeZone,
    currency,
    group_by: by,
    rows,
    total: total(parts),
    ...notes,
    ...(cursor && { cursor: writeUsageCursor(cursor) }),
  })
}

function nextPage(parameters: URLSearchParams, cursor: UsageCursor): string {
  const query = new URLSearchParams(parameters)
  query.set('cursor', writeUsageCursor(cursor))
  return `/edge/usage?${query}`
}

/** A page of a report, with the sums read for it. */
interface Page {
  parts: KeySums[]
  /** Notes about missing keys. */
  notes: object
  names: readonly KeyName[]
  /** Where the next page begins; undefined after the last one. */
  cursor: UsageCursor | undefined
}

function readPage(env: Env, keys: ReportKeys, query: UsageQuery): Promise<Page> {
  const isOfTotals =
    keys.kind === 'many' && query.by.every((each) => TOTAL_DIMENSIONS.some((known) => known === each))
  if (query.cursor && (query.cursor.kind === 'totals') !== isOfTotals) throw invalidCursor()
  return isOfTotals ? readTotals(env, query) : readMeters(env, keys, query)
}

async function readTotals(env: Env, { from, to, by, cursor }: UsageQuery): Promise<Page> {
  const { next, ...sums } = await askTotals(env, {
    from,
    to,
    by: TOTAL_DIMENSIONS.filter((dimension) => by.includes(dimension)),
    budget: SUMS_PER_PAGE,
    ...(cursor?.kind === 'totals' && { after: cursor.after }),
  })
  const names = by.includes('key') ? await askRegistry(env, (registry) => registry.names()) : []
  return {
    parts: [sums],
    names,
    notes: { lag_seconds: TOTALS_LAG_SECONDS },
    cursor: next && { kind: 'totals', after: next },
  }
}

async function readMeters(env: Env, keys: ReportKeys, query: UsageQuery): Promise<Page> {
  const { by, cursor } = query
  const { calendar } = readConfig(env)
  const isHourly = by.includes('hour')
  const { from, to } = isHourly ? calendar.hoursOf(query.from, query.to) : query
  const starts = cursor?.kind === 'meters' ? cursor.from : undefined
  const asked = starts ? await keysWithMore(env, keys, [...starts.keys()]) : keysAsked(keys)
  const { results, failed } = await askMeters(env, asked, (meter, { id }) =>
    meter.usage({
      from: starts?.get(id) ?? from,
      to,
      by: OWN_DIMENSIONS.filter((dimension) => by.includes(dimension) && !(isHourly && dimension === 'day')),
      budget: Math.ceil(SUMS_PER_PAGE / asked.length),
      ...(asked.length > 1 && { limit: ROWS_PER_METER }),
    }),
  )
  const more = results.flatMap(([{ id }, { next }]): [string, string][] => (next ? [[id, next]] : []))
  return {
    parts: results.map(([{ id }, { by, names, sums }]) => ({ by, names, sums, key: id })),
    names: asked,
    notes: gaps({ failed }, keys),
    cursor: more.length > 0 ? { kind: 'meters', from: new Map(more) } : undefined,
  }
}

/** The keys in a cursor, if the caller may see them. */
async function keysWithMore(env: Env, keys: ReportKeys, ids: string[]): Promise<readonly KeyName[]> {
  if (keys.kind === 'many') return askRegistry(env, (registry) => registry.names(ids))
  const found = keys.keys.filter(({ id }) => ids.includes(id))
  if (found.length === ids.length) return found
  throw invalidCursor()
}

/** The name of a row's key, and when it was revoked. */
function nameOf(key: string | undefined, names: readonly KeyName[]): { name?: string; revoked_at?: string } {
  const found = names.find(({ id }) => id === key)
  if (!found) return {}
  const { name, revokedMs } = found
  return { name, ...(revokedMs !== undefined && { revoked_at: new Date(revokedMs).toISOString() }) }
}
