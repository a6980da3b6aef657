import { isBilled } from '../dashscope/endpoint.ts'
import { priceOf } from '../dashscope/prices.ts'
import type { Region } from '../dashscope/regions.ts'
import type { Usage } from '../dashscope/usage.ts'
import { GatewayError } from '../errors.ts'
import type { Principal } from '../policy/key-record.ts'
import type { MeteredCall } from './metered-call.ts'
import type { Spent } from './spent.ts'

/**
 * What a request may cost, in nanos of the currency that money is counted in: at the price of the dearest of its model and
 * its fallbacks.
 *
 * @param usage as it was estimated.
 * @returns 0 for what costs nothing, and where money has no limit and no price is known.
 * @throws GatewayError `modelDenied` if money is bounded and no price is known: such a limit would hold nothing.
 */
export function moneyToReserve(call: Omit<MeteredCall, 'asked' | 'asTask'>, usage: Usage): number {
  const { model, fallbacks, endpoint, principal, targets, config, estimatedMoney, asBatchChat } = call
  if (estimatedMoney !== undefined) return estimatedMoney
  const priceFor = (each: string) => priceOf(each, targets[0].region, usage, config.billing, asBatchChat)
  const money = priceFor(model)
  if (money !== undefined) return Math.max(money, ...fallbacks.map((each) => priceFor(each) ?? 0))
  if (!isBilled(endpoint) || !boundsMoney(principal)) return 0
  throw unknownPrice(model)
}

/** What an estimate reserves of every limit. */
export function estimatedSpending({ input, output, seconds, characters }: Usage, money: number): Spent {
  return { tokens: input + output, money, audioSeconds: seconds, characters }
}

/**
 * What a response cost, in nanos. A region whose price is not known is counted as the one that the estimate was for; else a
 * limit on money would hold nothing.
 *
 * @returns undefined if DashScope bills the endpoint and no price is known.
 */
export function moneyFor(
  call: Pick<
    MeteredCall,
    'model' | 'endpoint' | 'targets' | 'config' | 'estimate' | 'estimatedMoney' | 'asBatchChat'
  >,
  region: Region,
  usage: Usage,
): number | undefined {
  const { model, endpoint, targets, config, estimate, estimatedMoney, asBatchChat } = call
  if (usage === estimate && estimatedMoney !== undefined) return estimatedMoney
  return (
    priceOf(model, region, usage, config.billing, asBatchChat) ??
    priceOf(model, targets[0].region, usage, config.billing, asBatchChat) ??
    (isBilled(endpoint) ? undefined : 0)
  )
}

/** The refusal of a model without a price, where money is limited. */
export function unknownPrice(model: string): GatewayError {
  return new GatewayError(
    'modelDenied',
    `This key has a limit on money, and no price of "${model}" is known. Choose another model, or ask the operator to name its price in PRICES.`,
    { param: 'model', rule: 'limits' },
  )
}

/** Whether a limit on money applies to a caller. */
export function boundsMoney({ policy, user }: Principal): boolean {
  const bounds = user === undefined ? [policy.limits] : [policy.limits, policy.user_limits]
  return bounds.some((limits) => limits?.money_per_day !== undefined || limits?.money_per_month !== undefined)
}
