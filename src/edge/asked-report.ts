import { readConfig } from '../config.ts'
import { readAddress } from '../lib/address.ts'
import type { EdgeContext } from '../proxy/exchange.ts'
import { identifyEdgeCaller } from './caller.ts'
import { type ReportKeys, reportKeys } from './report-keys.ts'
import { type ReportKind, type ReportQuery, readReportQuery } from './usage-query.ts'

/** The query of a report over days, and the keys that it covers. */
export type AskedReport<Name extends string> = Pick<ReportQuery<Name>, 'from' | 'to' | 'by'> & {
  keys: ReportKeys
}

/**
 * Reads the query of a report and determines the keys that it covers.
 *
 * @throws GatewayError `unauthenticated` or `denied` for the caller; `invalid`, naming the parameter.
 */
export async function readAskedReport<Name extends string>(
  c: EdgeContext,
  report: ReportKind<Name>,
): Promise<AskedReport<Name>> {
  const nowMs = Date.now()
  const caller = await identifyEdgeCaller(c.req.raw, c.env, nowMs)
  const { calendar } = readConfig(c.env)
  const parameters = readAddress(c.req.url).searchParams
  const { from, to, by, key } = readReportQuery(parameters, null, nowMs, calendar, report)
  return { from, to, by, keys: await reportKeys(c.env, caller, key) }
}
