import { USAGE_DAYS } from '../meter/object/usage-table.ts'
import type { EdgeContext } from '../proxy/exchange.ts'
import { readAskedReport } from './asked-report.ts'
import { askMeters, gaps, keysAsked } from './report-keys.ts'

const REPORT = { dimensions: ['day', 'model', 'code', 'key'], usual: 'code', days: USAGE_DAYS } as const

/**
 * `GET /errors`: how often requests ended with an error, most frequent first. Each code comes with its status and
 * reason.
 */
export async function getErrors(c: EdgeContext): Promise<Response> {
  const { from, to, by, keys } = await readAskedReport(c, REPORT)
  const asked = keysAsked(keys)
  const { results, failed } = await askMeters(c.env, asked, (meter) => meter.errors(from, to))
  const sums = new Map<string, { names: Record<string, string | number>; requests: number }>()
  for (const [{ id }, rows] of results) {
    for (const { day, model, status, code, reason, requests } of rows) {
      const all = { day, model, key: id, code }
      const names: Record<string, string | number> = {
        ...Object.fromEntries(by.map((dimension) => [dimension, all[dimension]])),
        ...(by.includes('code') && { status, reason }),
      }
      const name = JSON.stringify(names)
      const sum = sums.get(name) ?? { names, requests: 0 }
      sums.set(name, sum)
      sum.requests += requests
    }
  }
  const rows = [...sums.values()]
    .toSorted((one, other) => other.requests - one.requests)
    .map(({ names, requests }) => ({ ...names, requests }))
  return c.json({ from, to, group_by: by, rows, ...gaps({ failed }, keys) })
}
