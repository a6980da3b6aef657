import { type Env, readConfig } from '../config.ts'
import { MeterClient } from '../meter/client.ts'
import { hasLimits, keyMeter, limitedUser } from '../meter/limited-meters.ts'
import type { MeteredCall } from '../meter/metered-call.ts'
import type { Settled } from '../meter/metering.ts'
import { meterNamespace } from '../meter/meters.ts'
import { estimatedSpending, moneyToReserve } from '../meter/money.ts'
import { rateLimitHeaders, refusalError } from '../meter/refusal.ts'
import type { Settlement } from '../meter/settlement.ts'
import { spentBy } from '../meter/spent.ts'
import { usageSumOf } from '../meter/usage-sum.ts'
import type { Principal } from '../policy/key-record.ts'

/** How long a job counts as a request in flight: two calls of 15 minutes and the wait between them. */
const CALL_RESERVATION_MS = 3_600_000

/** A task takes up to 26 hours. */
const TASK_RESERVATION_MS = 26 * 3_600_000

/**
 * Reserves the estimated usage of a run, under the same name as its settlement.
 *
 * @returns `RateLimit` headers.
 * @throws GatewayError `rateLimited`, `quotaExhausted`, `modelDenied` or `unavailable`.
 */
export async function reserveRun(
  env: Env,
  call: Omit<MeteredCall, 'asked'> & { asTask: boolean },
  id: string,
  nowMs: number,
): Promise<Record<string, string>> {
  const { principal, estimate, config } = call
  const reservation = {
    id,
    nowMs,
    ...estimatedSpending(estimate, moneyToReserve(call, estimate)),
    expiresMs: nowMs + (call.asTask ? TASK_RESERVATION_MS : CALL_RESERVATION_MS),
  }
  const verdict = await clientOf(env).reserve(principal, reservation, config.limitsFail)
  if (!verdict.allowed) throw refusalError(verdict)
  return rateLimitHeaders(verdict.states)
}

/** Releases the reservation of a run that will not start. */
export function releaseRun(env: Env, principal: Principal, id: string): Promise<void> {
  return clientOf(env).release(principal, id)
}

/**
 * Settles a run. Unlike for a request, the settlement is sent to the meter at once and awaited: the ledger retries
 * until it succeeds, and the meter detects duplicates by the reservation.
 */
export async function settleRun(
  env: Env,
  principal: Principal,
  settlement: Settlement & { reservation: string },
): Promise<void> {
  const isMetered = principal.policy.metered !== false || hasLimits(principal)
  if (!isMetered) return
  const { calendar, requestLog } = readConfig(env)
  const usage = usageSumOf(settlement, calendar)
  const { reservation, startedMs: atMs, nowMs } = settlement
  const settled: Settled = { reservation, atMs, nowMs, ...spentBy(usage.measures) }
  const meters = meterNamespace(env)
  const user = limitedUser(principal)
  await Promise.all([
    meters.getByName(keyMeter(principal)).settle([{ ...settled, usage }], requestLog),
    ...(user ? [meters.getByName(user.name).settle([settled])] : []),
  ])
}

function clientOf(env: Env): MeterClient {
  const keepAlive = (work: Promise<unknown>) => void work.catch(() => undefined)
  const { calendar } = readConfig(env)
  return new MeterClient({ meters: meterNamespace(env), keepAlive, calendar, lost: () => undefined })
}
