import { isBilled } from '../dashscope/endpoint.ts'
import { priceOf } from '../dashscope/prices.ts'
import type { Region } from '../dashscope/regions.ts'
import type { Usage } from '../dashscope/usage.ts'
import { GatewayError } from '../errors.ts'
import type { Principal } from '../policy/key-record.ts'
import { limitedMeters } from './limited-meters.ts'
import type { MeteredCall } from './metered-call.ts'
import type { Spent } from './spent.ts'

/**
 * The estimated cost of a request, in nanos of the billing currency, at the highest price of its model and fallbacks.
 *
 * @param usage the estimated usage.
 * @returns 0 for free endpoints, and for unknown prices if there is no money limit.
 * @throws GatewayError `modelDenied` if there is a money limit and no price is known: the limit could not be
 *   enforced.
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

/** The amount of each limit that an estimate reserves. */
export function estimatedSpending({ input, output, seconds, characters }: Usage, money: number): Spent {
  return { tokens: input + output, money, audioSeconds: seconds, characters }
}

/**
 * The cost of a response, in nanos. If the price in its region is unknown, the price of the region used for the
 * estimate counts, so that money limits stay effective.
 *
 * @param model the model that responded.
 * @returns undefined if DashScope bills the endpoint and no price is known.
 */
export function moneyFor(
  call: Pick<MeteredCall, 'endpoint' | 'targets' | 'config' | 'estimate' | 'estimatedMoney' | 'asBatchChat'>,
  model: string,
  region: Region,
  usage: Usage,
): number | undefined {
  const { endpoint, targets, config, estimate, estimatedMoney, asBatchChat } = call
  if (usage === estimate && estimatedMoney !== undefined) return estimatedMoney
  return (
    priceOf(model, region, usage, config.billing, asBatchChat) ??
    priceOf(model, targets[0].region, usage, config.billing, asBatchChat) ??
    (isBilled(endpoint) ? undefined : 0)
  )
}

/** The error for a model without a price under a money limit. */
export function unknownPrice(model: string): GatewayError {
  return new GatewayError(
    'modelDenied',
    `This key has a limit on money, but the price of "${model}" is unknown. Choose another model, or ask the operator to add its price to PRICES.`,
    { param: 'model', rule: 'limits' },
  )
}

/** Whether a money limit applies to a caller. */
export function boundsMoney(principal: Principal): boolean {
  return limitedMeters(principal).some(
    ({ limits }) => limits.money_per_day !== undefined || limits.money_per_month !== undefined,
  )
}
