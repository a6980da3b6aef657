import { BEIJING_CNY, type Price, SINGAPORE_USD, type Tier } from './price-table.ts'
import type { Billing } from './prices.ts'
import type { Region } from './regions.ts'

/** A tier as the API shows it. */
interface TierShown {
  input: number
  output: number
  thinking?: number
  cached?: number
  /** Input tokens up to which it holds; absent: any number. */
  up_to?: number
}

/** A model's price: that of the first tier, and all tiers if there is more than one. */
export type PriceShown = TierShown & { tiers?: TierShown[] }

/** The prices that the gateway counts with. */
export interface PriceList {
  currency: string
  prices: Record<string, PriceShown>
  /** What each number is the price of. */
  units: Record<string, string>
}

const UNITS = {
  input: 'per million tokens',
  output: 'per million tokens',
  thinking: 'per million tokens, for the whole output of an answer that was thought about',
  cached: 'per million tokens read from the context cache',
}

/** The price table in force: DashScope's list prices in a region, and PRICES in place of its rows. */
export function priceList({ currency, overrides }: Billing, region: Region): PriceList {
  const table: Readonly<Record<string, Price>> = currency === 'CNY' ? BEIJING_CNY : SINGAPORE_USD
  const own = Object.entries(overrides)
  const everywhere = own.filter(([name]) => !name.includes('/'))
  const here = own
    .filter(([name]) => name.startsWith(`${region}/`))
    .map(([name, price]) => [name.slice(region.length + 1), price] as const)
  const prices = [...Object.entries(table), ...everywhere, ...here].map(
    ([model, price]) => [model, priceShown(price)] as const,
  )
  return { currency, prices: Object.fromEntries(prices), units: UNITS }
}

function priceShown(price: Price): PriceShown {
  const tiers = price.map(tierShown)
  const [first] = price
  const { up_to: _bound, ...shown } = tierShown(first)
  return tiers.length > 1 ? { ...shown, tiers } : shown
}

function tierShown({ upTo, ...tier }: Tier): TierShown {
  return { ...tier, ...(upTo !== undefined && { up_to: upTo }) }
}
