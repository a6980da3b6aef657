import { asPrice, type Price, type PriceByName, type Tier } from './price.ts'
import { BEIJING_CNY, SINGAPORE_USD, TOOL_PRICES } from './price-table.ts'
import { type Currency, REGION, type Region } from './regions.ts'
import type { Usage } from './usage.ts'

/**
 * Money is counted in whole billionths of the billing currency, so that sums are exact and cheap requests (6 tokens
 * of an embedding cost 0.0000004 USD) are not rounded to 0. Sums stay below 2^53 up to nine million in any currency.
 */
export const NANOS = 1_000_000_000

/** Converts money per million tokens to nanos per token. */
const NANOS_PER_TOKEN = NANOS / 1_000_000

/** The parsed variable PRICES: prices by model, or by region and model as in `singapore/qwen-plus`. */
export type PriceOverrides = Readonly<Record<string, Price>>

/** How the gateway counts money: in one currency for all regions. */
export interface Billing {
  currency: Currency
  /** Prices in that currency, for all regions unless the row names one. */
  overrides: PriceOverrides
}

/** Alibaba's own rate: its English pages show 12 CNY as 1.65 USD (qwen3.7-max, 2026-08). */
const CNY_PER_USD = 12 / 1.65

/** Default prices of the context cache as a fraction of the input price (Context Cache page, 2026-10-11). */
const IMPLICIT_HIT = 0.2
const EXPLICIT_HIT = 0.1
const EXPLICIT_WRITE = 1.25

/** Price of a request in a batch as a fraction of the normal price (Batch page). */
const BATCH = 0.5

/** A snapshot (`-2025-12-01`, `-0902`), `-latest`, or Virginia's `-us`; the price is that of the base model. */
const VERSION = /-(?:latest|us|\d{4}-\d{2}-\d{2}|\d{4})$/

/**
 * The price of a response.
 *
 * The length of the input selects the tier for input and output alike, and with thinking the whole output costs the
 * thinking price, if the model has one (Model pricing page).
 *
 * @param region the region that responded.
 * @param isBatch whether the request was part of a batch.
 * @returns nanos of the billing currency, as a whole number; undefined if the model has no price.
 */
export function priceOf(
  model: string,
  region: Region,
  usage: Usage,
  billing: Billing,
  isBatch = false,
): number | undefined {
  const found = findPrice(model, region, billing)
  if (!found) return undefined
  const { price, rate } = found
  const batch = isBatch ? (price.batch ?? BATCH) : 1
  const own = (tokenNanos(price, usage) + unitNanos(price, usage)) * rate * batch
  return Math.round(own + toolNanos(found, region, usage, billing))
}

/** Built-in tools and pages: the model's own price if it has one, else the region's price for every model. */
function toolNanos({ price, rate }: FoundPrice, region: Region, usage: Usage, billing: Billing): number {
  if (usage.toolCalls === 0 && usage.pages === 0) return 0
  const { currency } = REGION[region]
  const general = TOOL_PRICES[currency]
  const generalRate = rateBetween(currency, billing.currency)
  const calls = price.perCall
    ? callNanos(price.perCall, usage) * rate
    : callNanos(general.perCall, usage) * generalRate
  const page = price.perPage !== undefined ? price.perPage * rate : general.perPage * generalRate
  return calls + NANOS * usage.pages * page
}

function tokenNanos({ tiers, perSecond }: Price, usage: Usage): number {
  // Speech recognition reports tokens too, but is billed by seconds.
  if (!tiers || (perSecond !== undefined && usage.seconds > 0)) return 0
  const tier = tierFor(tiers, usage.input)
  const cached = Math.min(usage.cached, usage.input)
  const written = Math.min(usage.written ?? 0, usage.input - cached)
  const hit =
    usage.written === undefined
      ? (tier.cached ?? tier.input * IMPLICIT_HIT)
      : (tier.cachedExplicit ?? tier.input * EXPLICIT_HIT)
  const fresh = usage.input - cached - written
  const media = Math.min(usage.image + usage.video, fresh)
  const audio = Math.min(usage.audio - usage.spoken, fresh - media)
  const thinks = usage.reasoning > 0 || usage.mayIncludeThinking === true
  const output = thinks ? (tier.thinking ?? tier.output) : tier.output
  const spoken = Math.min(usage.spoken, usage.output)
  return (
    NANOS_PER_TOKEN *
    ((fresh - media - audio) * tier.input +
      media * (tier.mediaInput ?? tier.input) +
      audio * (tier.audioInput ?? tier.input) +
      written * (tier.written ?? tier.input * EXPLICIT_WRITE) +
      cached * hit +
      (usage.output - spoken) * output +
      spoken * (tier.audioOutput ?? output))
  )
}

function unitNanos(
  { per10kCharacters = 0, perSecond = 0, perImage = 0, perVideoSecond }: Price,
  usage: Usage,
): number {
  const video = perVideoSecond ? priceFor(perVideoSecond, usage.resolution ?? '*') : 0
  return (
    NANOS *
    ((usage.characters / 10_000) * per10kCharacters +
      usage.seconds * perSecond +
      usage.images * perImage +
      usage.videoSeconds * video)
  )
}

function callNanos(perCall: PriceByName, { toolCalls, tools = {} }: Usage): number {
  const named = Object.entries(tools)
  const unnamed = toolCalls - named.reduce((sum, [, calls]) => sum + calls, 0)
  const money = named.reduce((sum, [name, calls]) => sum + calls * priceFor(perCall, name), 0)
  return NANOS * (money + Math.max(0, unnamed) * priceFor(perCall, '*'))
}

/** The price of a name; for an unlisted name, the price of `*`, else the highest price. */
function priceFor(prices: PriceByName, name: string): number {
  if (Object.hasOwn(prices, name)) return prices[name] ?? 0
  return prices['*'] ?? Math.max(0, ...Object.values(prices))
}

interface FoundPrice {
  price: Price
  /** Exchange rate from the currency of the price to that of the bill. */
  rate: number
}

function findPrice(model: string, region: Region, { currency, overrides }: Billing): FoundPrice | undefined {
  const regionCurrency = REGION[region].currency
  const table = regionCurrency === 'CNY' ? BEIJING_CNY : SINGAPORE_USD
  for (const name of namesOf(model)) {
    const own = ownValue(overrides, `${region}/${name}`) ?? ownValue(overrides, name)
    if (own) return { price: own, rate: 1 }
    const listed = ownValue(table, name)
    if (listed) return { price: asPrice(listed), rate: rateBetween(regionCurrency, currency) }
  }
  return undefined
}

/**
 * The model's name, then the name with its version suffixes removed one by one: `qwen-plus-2025-12-01-us` is priced
 * as qwen-plus.
 */
function namesOf(model: string): string[] {
  const names = [model]
  for (let name = model; VERSION.test(name); ) {
    name = name.replace(VERSION, '')
    names.push(name)
  }
  return names
}

function rateBetween(from: Currency, to: Currency): number {
  if (from === to) return 1
  return from === 'USD' ? CNY_PER_USD : 1 / CNY_PER_USD
}

function tierFor(tiers: readonly [Tier, ...Tier[]], input: number): Tier {
  return tiers.find((tier) => input <= (tier.upTo ?? Infinity)) ?? tiers.at(-1) ?? tiers[0]
}

/** Reads own properties only: a model may be called `constructor`. */
function ownValue<Row>(prices: Readonly<Record<string, Row>>, name: string): Row | undefined {
  return Object.hasOwn(prices, name) ? prices[name] : undefined
}
