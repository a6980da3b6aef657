import * as z from 'zod/mini'
import { GatewayError } from '../errors.ts'
import { closedObject } from '../lib/schema/closed-object.ts'
import { numberIn, wholeNumber } from '../lib/schema/range.ts'
import { notEmpty } from '../lib/schema/refine.ts'
import { BEIJING_CNY, type Price, SINGAPORE_USD, type Tier } from './price-table.ts'
import { type Currency, REGION, type Region } from './regions.ts'
import type { Usage } from './usage.ts'

/** Money is counted in whole millionths, so that sums stay exact: a price per million tokens times tokens is micros. */
export const MICROS = 1_000_000

/** What the variable PRICES holds: by model, or by region and model as in `singapore/qwen-plus`. */
export type PriceOverrides = Readonly<Record<string, Price>>

/** How the gateway counts money: in one currency, whatever regions it asks. */
export interface Billing {
  currency: Currency
  /** In that currency, for every region that they do not name. */
  overrides: PriceOverrides
}

/** Alibaba's own ratio: its English pages print Beijing's 12 CNY as 1.65 USD (qwen3.7-max, 2026-08). */
const CNY_PER_USD = 12 / 1.65

/** Of the input price: what the implicit cache gives, what the explicit one gives, and what writing it costs (Context Cache page, 2026-10-11). */
const IMPLICIT_HIT = 0.2
const EXPLICIT_HIT = 0.1
const EXPLICIT_WRITE = 1.25

/** A snapshot (`-2025-12-01`, `-0902`), `-latest`, or Virginia's `-us` is priced as the model it belongs to. */
const VERSION = /-(?:latest|us|\d{4}-\d{2}-\d{2}|\d{4})$/

/**
 * What an answer costs.
 *
 * The length of the input chooses the tier for input and output alike, and thinking makes the whole output dearer where
 * the model has a price for it (Model pricing page).
 *
 * @param region the one that answered.
 * @returns micros (millionths) of the billing currency, whole; undefined where the price of the model is not known.
 */
export function priceOf(model: string, region: Region, usage: Usage, billing: Billing): number | undefined {
  const found = findPrice(model, region, billing)
  if (!found) return undefined
  const tier = tierFor(found.price, usage.input)
  const cached = Math.min(usage.cached, usage.input)
  const written = Math.min(usage.written ?? 0, usage.input - cached)
  const hit =
    usage.written === undefined ? (tier.cached ?? tier.input * IMPLICIT_HIT) : tier.input * EXPLICIT_HIT
  const output = usage.reasoning > 0 ? (tier.thinking ?? tier.output) : tier.output
  // A price per million tokens is micros per token.
  const micros =
    (usage.input - cached - written) * tier.input +
    written * tier.input * EXPLICIT_WRITE +
    cached * hit +
    usage.output * output
  return Math.round(micros * found.rate)
}

/**
 * Reads the variable PRICES: `{"qwen-plus":{"input":0.8,"output":2}}`, or a list of tiers with `up_to` for a model.
 *
 * @throws GatewayError `internal` that says what is wrong with it.
 */
export function parsePrices(text: string | undefined): PriceOverrides {
  if (!text?.trim()) return {}
  const result = z.safeParse(OVERRIDES, parseJson(text))
  if (result.success) {
    return Object.fromEntries(Object.entries(result.data).map(([model, tiers]) => [model, priceFrom(tiers)]))
  }
  const issue = result.error.issues[0]
  throw misconfigured(issue && issue.path.length > 0 ? `; look at ${issue.path.join('.')}` : '')
}

const money = numberIn({ atLeast: 0 })

const tierShape = closedObject({
  input: money,
  output: money,
  up_to: z.exactOptional(wholeNumber(1, Number.MAX_SAFE_INTEGER, 'a whole number')),
  thinking: z.exactOptional(money),
  cached: z.exactOptional(money),
})

const OVERRIDES = z.record(
  z.string(),
  z.union([tierShape, z.array(tierShape).check(notEmpty('at least one price'))]),
)

type TierShape = z.infer<typeof tierShape>

function priceFrom(shapes: TierShape | TierShape[]): Price {
  const tiers = [shapes].flat().map(({ up_to, ...rest }): Tier => (up_to ? { upTo: up_to, ...rest } : rest))
  const [first, ...others] = tiers.toSorted((one, other) => (one.upTo ?? Infinity) - (other.upTo ?? Infinity))
  if (!first) throw misconfigured('')
  return [first, ...others]
}

function misconfigured(place: string): GatewayError {
  return new GatewayError(
    'internal',
    `The gateway is not set up: PRICES must be JSON like {"qwen-plus":{"input":0.8,"output":2}}, money per million tokens${place}.`,
  )
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw misconfigured('; it is not valid JSON')
  }
}

interface Found {
  price: Price
  /** From the price's currency into that of the bill. */
  rate: number
}

function findPrice(model: string, region: Region, { currency, overrides }: Billing): Found | undefined {
  const table = REGION[region].currency === 'CNY' ? BEIJING_CNY : SINGAPORE_USD
  for (const name of [model, model.replace(VERSION, '')]) {
    const own = ownValue(overrides, `${region}/${name}`) ?? ownValue(overrides, name)
    if (own) return { price: own, rate: 1 }
    const listed = ownValue(table, name)
    if (listed) return { price: listed, rate: rateBetween(REGION[region].currency, currency) }
  }
  return undefined
}

function rateBetween(from: Currency, to: Currency): number {
  if (from === to) return 1
  return from === 'USD' ? CNY_PER_USD : 1 / CNY_PER_USD
}

function tierFor(price: Price, input: number): Tier {
  return price.find((tier) => input <= (tier.upTo ?? Infinity)) ?? price.at(-1) ?? price[0]
}

/** A model may be called `constructor`. */
function ownValue(prices: Readonly<Record<string, Price>>, name: string): Price | undefined {
  return Object.hasOwn(prices, name) ? prices[name] : undefined
}
