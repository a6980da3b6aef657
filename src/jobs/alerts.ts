import type { Env } from '../config.ts'
import { setBounded } from '../lib/bounded-map.ts'
import type { LimitState } from '../meter/metering.ts'
import type { Principal } from '../policy/key-record.ts'
import { ledgersOf } from './bindings.ts'

/** Alerts that an isolate remembers as sent, so that it does not call the ledger for every request. */
const MEMORY_ENTRIES = 1000

/** The longest budget period, a month, plus a day; after that, its alerts may be forgotten. */
const ALERT_LIFETIME_MS = 32 * 86_400_000

const sent = new Map<string, true>()

/** A budget threshold that was reached. */
export interface ReachedThreshold {
  /** The limit: `tokens_per_day`, `money_per_month`, … */
  limit: string
  percent: number
  /** When the period ends, in milliseconds. */
  endsMs: number
  used: number
  quota: number
}

/**
 * The thresholds that the budgets of a key have reached, including estimates of requests in progress.
 *
 * @param percents the key field `alerts`.
 */
export function reachedThresholds(
  states: readonly LimitState[],
  percents: readonly number[],
  nowMs: number,
): ReachedThreshold[] {
  return states
    .filter(({ name }) => /_per_(?:day|month)$/.test(name))
    .flatMap(({ name, quota, remaining, resetSeconds }) => {
      const used = quota - remaining
      // Rounded, so that all requests of a period compute the same end.
      const endsMs = Math.round((nowMs + resetSeconds * 1000) / 60_000) * 60_000
      return percents
        .filter((percent) => used * 100 >= percent * quota)
        .map((percent) => ({ limit: name, percent, endsMs, used, quota }))
    })
}

/** Reports `budget.threshold` for each threshold that was reached, once per period. */
export async function sendBudgetAlerts(
  env: Env,
  { keyId, policy }: Principal,
  states: readonly LimitState[],
  origin: string,
  nowMs: number,
): Promise<void> {
  for (const reached of reachedThresholds(states, policy.alerts?.percent ?? [], nowMs)) {
    const { limit, percent, endsMs, used, quota } = reached
    const name = `${limit} ${percent} ${endsMs}`
    if (sent.has(`${keyId} ${name}`)) continue
    const data = { key: keyId, limit, percent, used, quota, ends_at: new Date(endsMs).toISOString() }
    const once = { name, lifetimeMs: ALERT_LIFETIME_MS }
    await ledgersOf(env).getByName(keyId).report('budget.threshold', data, origin, once)
    setBounded(sent, `${keyId} ${name}`, true, MEMORY_ENTRIES)
  }
}
