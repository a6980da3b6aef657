import { ageSeconds, isFresh } from '../../cache/control.ts'
import { readUsable } from '../../cache/serve.ts'
import type { Config, Env } from '../../config.ts'
import { NANOS, priceOf } from '../../dashscope/prices.ts'
import type { GatewayError } from '../../errors.ts'
import { estimateUsage } from '../../meter/estimate.ts'
import { limitedMeters } from '../../meter/limited-meters.ts'
import type { LimitState } from '../../meter/metering.ts'
import { meterNamespace } from '../../meter/meters.ts'
import { estimatedSpending, moneyToReserve } from '../../meter/money.ts'
import { refusalError } from '../../meter/refusal.ts'
import { assertOwnership } from '../../ownership/ownership.ts'
import type { ProxyRequest } from '../../proxy/proxy-request.ts'

/** How the gateway would serve a request. */
export interface Plan {
  endpoint: string
  /** The model at DashScope, after aliases. */
  model: string
  /** Models that would be tried in turn if the model fails before its first byte. */
  fallbacks: readonly string[]
  /** The region that would be tried first. */
  region: string
  cache: CachePlanned
  /** What would be reserved: an upper estimate of the tokens, and their price. */
  estimate: { input_tokens: number; output_tokens: number; money: number | null; currency: string }
}

/** `hit`: the cache would be used. `miss`: it has no entry. `bypass`: it would not be looked up. */
type CachePlanned = { result: 'hit'; age_seconds: number } | { result: 'miss' | 'bypass' }

/**
 * The limit that would refuse a request, given the current state of its meters; undefined if none would.
 *
 * @throws GatewayError `modelDenied` if money is limited and the model has no price, `unavailable` if a meter fails.
 */
export async function refusingLimit(
  call: ProxyRequest,
  env: Env,
): Promise<{ error: GatewayError; state: LimitState | undefined } | undefined> {
  const { estimate } = call
  const nowMs = Date.now()
  const reservation = {
    id: '',
    nowMs,
    ...estimatedSpending(estimate, moneyToReserve(call, estimate)),
    expiresMs: nowMs,
  }
  const meters = meterNamespace(env)
  const verdicts = await Promise.all(
    limitedMeters(call.principal).map(({ name, ...bounds }) =>
      meters.getByName(name).check({ ...bounds, reservation }),
    ),
  )
  const [longest] = verdicts
    .filter((verdict) => !verdict.allowed)
    .toSorted((one, other) => other.retryAfterSeconds - one.retryAfterSeconds)
  if (!longest) return undefined
  return {
    error: refusalError(longest),
    state: longest.states.find(({ name }) => name === longest.limit),
  }
}

/**
 * How a request that no rule refuses would be served.
 *
 * @throws GatewayError `notFound` if it names a file or task of another key.
 */
export async function planOf(call: ProxyRequest, env: Env, { billing }: Config): Promise<Plan> {
  const { endpoint, asked, bytes, targets } = await assertOwnership(env, call)
  const usage = estimateUsage(endpoint, asked, bytes?.byteLength ?? 0)
  const money = priceOf(call.model, targets[0].region, usage, billing)
  return {
    endpoint: endpoint.name,
    model: call.model,
    fallbacks: call.fallbacks,
    region: targets[0].region,
    cache: await cachePlanned(call, env),
    estimate: {
      input_tokens: usage.input,
      output_tokens: usage.output,
      money: money === undefined ? null : money / NANOS,
      currency: billing.currency,
    },
  }
}

async function cachePlanned({ cache }: ProxyRequest, { CACHE }: Env): Promise<CachePlanned> {
  if (!cache.use) return { result: 'bypass' }
  const nowMs = Date.now()
  const entry = await readUsable(CACHE, cache.cacheKey, cache.framing)
  if (!entry || !isFresh(entry.metadata, cache.control, nowMs)) return { result: 'miss' }
  return { result: 'hit', age_seconds: ageSeconds(entry.metadata, nowMs) }
}
