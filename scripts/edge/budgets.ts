import { Calendar } from '../../src/lib/calendar.ts'
import { askGateway, type Gateway } from './gateway.ts'
import type { Fields } from './policy.ts'

/** The budgets of a key, and the measure of a usage report that counts against each. */
const BUDGETS = [
  { field: 'tokens_per_day', period: 'day', used: tokensIn },
  { field: 'tokens_per_month', period: 'month', used: tokensIn },
  { field: 'money_per_day', period: 'day', used: moneyIn },
  { field: 'money_per_month', period: 'month', used: moneyIn },
  { field: 'audio_seconds_per_day', period: 'day', used: ({ seconds = 0 }: Totals) => seconds },
  { field: 'characters_per_day', period: 'day', used: ({ characters = 0 }: Totals) => characters },
] as const

/**
 * The remaining budgets of a key, as fields to print; only settled usage is counted, not running requests.
 *
 * @param record the record of the key.
 * @param nowMs the current time; days and months are those of the gateway's billing time zone.
 */
export async function budgetsLeft(record: Fields, gateway: Gateway, nowMs: number): Promise<Fields> {
  const limits = Object(record.limits) as Record<string, unknown>
  const set = BUDGETS.filter(({ field }) => typeof limits[field] === 'number')
  if (set.length === 0) return {}
  const today = await billingDay(gateway, nowMs)
  const left: Fields = {}
  for (const { field, period, used } of set) {
    const from = period === 'day' ? today : `${today.slice(0, 8)}01`
    const query = new URLSearchParams({
      key: String(record.id),
      from,
      to: today,
      group_by: 'day',
      format: 'json',
    })
    const { total } = JSON.parse(await askGateway(gateway, 'GET', `/edge/usage?${query}`)) as {
      total: Totals
    }
    left[field] = Math.max(0, Number(((limits[field] as number) - used(total)).toFixed(6)))
  }
  return { left }
}

async function billingDay(gateway: Gateway, nowMs: number): Promise<string> {
  const { time_zone } = JSON.parse(await askGateway(gateway, 'GET', '/edge/me')) as { time_zone?: string }
  return new Calendar(time_zone ?? 'UTC').dayOf(nowMs)
}

type Totals = Readonly<Record<string, number | undefined>>

function tokensIn({ input_tokens = 0, output_tokens = 0 }: Totals): number {
  return input_tokens + output_tokens
}

function moneyIn({ money = 0 }: Totals): number {
  return money
}
