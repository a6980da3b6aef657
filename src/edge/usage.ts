import { Hono } from 'hono/tiny'
import type { Env } from '../config.ts'
import type { Currency } from '../dashscope/regions.ts'
import { GatewayError } from '../errors.ts'
import { allKeyIds } from '../keys/lifecycle.ts'
import { METER_RETRY_AFTER_SECONDS } from '../meter/metering.ts'
import { type Meters, meterNamespace } from '../meter/meters.ts'
import { OWN_DIMENSIONS } from '../meter/object/usage-table.ts'
import { type KeyUsageRow, report, toCsv, total } from '../meter/usage-report.ts'
import { identifyEdgeCaller } from './caller.ts'
import { wrongMethod } from './method-not-allowed.ts'
import { readUsageQuery, type UsageQuery } from './usage-query.ts'

/** Meters that one report asks at the same moment; each is a Durable Object and a subrequest. */
const USAGE_METERS_AT_ONCE = 20

/**
 * `GET /usage`, to be mounted at `/edge`: the operator sees all keys, a client key its own. A revoked key is in no list
 * any more; its usage is read with `?key=`.
 *
 * @param currencyOfBill what money is counted in.
 */
export function usageRoutes(currencyOfBill: (env: Env) => Currency): Hono<{ Bindings: Env }> {
  const routes = new Hono<{ Bindings: Env }>()

  routes.use('/usage', async (context, next) => {
    await next()
    context.header('cache-control', 'no-store')
  })

  routes.get('/usage', async (context) => {
    const { env, req } = context
    const nowMs = Date.now()
    const caller = await identifyEdgeCaller(req.raw, env, nowMs)
    const own = caller.kind === 'client' ? caller.principal.keyId : undefined
    const query = readUsageQuery(new URL(req.url).searchParams, req.raw.headers.get('accept'), nowMs)
    const rows = await readRows(meterNamespace(env), await keysFor(query, own, env), query)
    const currency = currencyOfBill(env)
    const { from, to, by } = query
    const sums = report(rows, by)
    if (query.format === 'csv') {
      const disposition = `attachment; filename="usage-${from}-${to}.csv"`
      const headers = { 'content-type': 'text/csv; charset=utf-8', 'content-disposition': disposition }
      return context.body(toCsv(sums, by, currency), 200, headers)
    }
    return context.json({ from, to, currency, group_by: by, rows: sums, total: total(rows) })
  })

  routes.all('/usage', wrongMethod('GET, HEAD'))
  return routes
}

async function keysFor({ key }: UsageQuery, own: string | undefined, env: Env): Promise<string[]> {
  if (own !== undefined && key !== undefined && key !== own) {
    throw new GatewayError('denied', 'A client key sees its own usage only. Leave "key" out.', {
      param: 'key',
    })
  }
  const asked = own ?? key
  return asked === undefined ? await allKeyIds(env) : [asked]
}

async function readRows(meters: Meters, keys: readonly string[], query: UsageQuery): Promise<KeyUsageRow[]> {
  const dimensions = OWN_DIMENSIONS.filter((dimension) => query.by.includes(dimension))
  const rows: KeyUsageRow[] = []
  try {
    for (let start = 0; start < keys.length; start += USAGE_METERS_AT_ONCE) {
      const answers = await Promise.all(
        keys.slice(start, start + USAGE_METERS_AT_ONCE).map(async (key) => {
          const own = await meters.getByName(key).usage(query.from, query.to, dimensions)
          return own.map((row) => ({ ...row, key }))
        }),
      )
      rows.push(...answers.flat())
    }
  } catch (cause) {
    throw new GatewayError('unavailable', 'A meter does not answer. Try again in a moment.', {
      headers: { 'retry-after': String(METER_RETRY_AFTER_SECONDS) },
      cause,
    })
  }
  return rows
}
