import { type Env, readConfig } from '../config.ts'
import type { KeyName } from '../keys/registry.ts'
import { askRegistry } from '../keys/registry.ts'
import { readAddress } from '../lib/address.ts'
import { OWN_DIMENSIONS } from '../meter/object/usage-steps.ts'
import { askTotals, TOTAL_DIMENSIONS } from '../meter/totals.ts'
import { type KeyUsageRow, report, toCsv, total } from '../meter/usage-report.ts'
import type { EdgeContext } from '../proxy/exchange.ts'
import { identifyEdgeCaller } from './caller.ts'
import { askMeters, gaps, keysAsked, type ReportKeys, reportKeys } from './report-keys.ts'
import { readUsageQuery, type UsageQuery } from './usage-query.ts'

/** Rows of one meter in a report over several keys: forty meters must fit into an isolate together. */
const ROWS_A_METER = 2000

/** Totals of the registry lag by as long as meters gather usage before they report it. */
const TOTALS_LAG_SECONDS = 300

/** A byte order mark. */
const BOM = '\uFEFF'

/** `GET /usage`: the operator sees all keys, also revoked ones; a client key its own. */
export async function getUsage(c: EdgeContext): Promise<Response> {
  const { env, req } = c
  const nowMs = Date.now()
  const caller = await identifyEdgeCaller(req.raw, env, nowMs)
  const { calendar, billing } = readConfig(env)
  const parameters = readAddress(req.url).searchParams
  const query = readUsageQuery(parameters, req.header('accept') ?? null, nowMs, calendar)
  const keys = await reportKeys(env, caller, query.key)
  const { rows, notes, names } = await readRows(env, keys, query)
  const { currency } = billing
  const { from, to, by, format, hasBom } = query
  const sums = report(rows, by).map((row) => ({ ...row, ...nameOf(row.key, names) }))
  if (format === 'csv') {
    c.header('content-type', 'text/csv; charset=utf-8')
    c.header('content-disposition', `attachment; filename="usage-${from}-${to}.csv"`)
    const csv = toCsv(sums, by, currency, by.includes('key') ? ['name', 'revoked_at'] : [])
    return c.body((hasBom ? BOM : '') + csv)
  }
  return c.json({
    from,
    to,
    time_zone: calendar.timeZone,
    currency,
    group_by: by,
    rows: sums,
    total: total(rows),
    ...notes,
  })
}

interface Rows {
  rows: KeyUsageRow[]
  /** What is missing in them. */
  notes: object
  names: readonly KeyName[]
}

async function readRows(env: Env, keys: ReportKeys, query: UsageQuery): Promise<Rows> {
  const { from, to, by } = query
  const totalsBy = TOTAL_DIMENSIONS.filter((dimension) => by.includes(dimension))
  if (keys.kind === 'many' && totalsBy.length === by.length) {
    const rows = await askTotals(env, { from, to, by: totalsBy })
    const names = by.includes('key') ? await askRegistry(env, (registry) => registry.names()) : []
    return { rows, names, notes: { lag_seconds: TOTALS_LAG_SECONDS } }
  }
  const asked = keysAsked(keys)
  const isHourly = by.includes('hour')
  const { answers, failed } = await askMeters(env, asked, (meter) =>
    meter.usage({
      from: isHourly ? `${from}T00` : from,
      to: isHourly ? `${to}T23` : to,
      by: OWN_DIMENSIONS.filter((dimension) => by.includes(dimension)),
      ...(asked.length > 1 && { limit: ROWS_A_METER }),
    }),
  )
  const rows = answers.flatMap(([{ id }, own]) => own.map((row) => ({ ...row, key: id })))
  return { rows, notes: gaps({ failed }, keys), names: asked }
}

/** The name of a row's key, and when it was revoked. */
function nameOf(key: string | undefined, names: readonly KeyName[]): { name?: string; revoked_at?: string } {
  const found = names.find(({ id }) => id === key)
  if (!found) return {}
  const { name, revokedMs } = found
  return { name, ...(revokedMs !== undefined && { revoked_at: new Date(revokedMs).toISOString() }) }
}
