import * as z from 'zod/mini'
import { type GatewayError, misconfigured } from '../errors.ts'
import { once } from '../lib/once.ts'
import { closedObject } from '../lib/schema/closed-object.ts'
import { check } from '../lib/schema/fault.ts'
import { numberIn, wholeNumber } from '../lib/schema/range.ts'
import { notEmpty } from '../lib/schema/refine.ts'
import type { Price, PriceByName, Tier } from './price.ts'
import type { PriceOverrides } from './prices.ts'

/** Built on first use, since most gateways do not set PRICES. */
const schemas = once(() => {
  const money = numberIn({ atLeast: 0 })
  const optional = z.exactOptional

  // The members of a tier, in money per million tokens.
  const tokenMembers = {
    up_to: optional(wholeNumber(1, Number.MAX_SAFE_INTEGER, 'a whole number')),
    thinking: optional(money),
    cached: optional(money),
    cached_explicit: optional(money),
    written: optional(money),
    media_input: optional(money),
    audio_input: optional(money),
    audio_output: optional(money),
  }

  const byName = z.union([money, z.record(z.string(), money)])

  // The members for all other units.
  const unitMembers = {
    per_10k_characters: optional(money),
    per_second: optional(money),
    per_image: optional(money),
    per_video_second: optional(byName),
    per_call: optional(byName),
    per_page: optional(money),
    batch: optional(money),
  }

  const tier = closedObject({ input: money, output: money, ...tokenMembers })
  const tierList = z.array(tier).check(notEmpty('at least one price'))
  const model = closedObject({
    input: optional(money),
    output: optional(money),
    ...tokenMembers,
    tiers: optional(tierList),
    ...unitMembers,
  })
  const overrides = z.record(z.string(), z.union([model, tierList]))

  return { tier, model, overrides }
})

type Schemas = ReturnType<typeof schemas>
type TierShape = z.infer<Schemas['tier']>
type ModelShape = z.infer<Schemas['model']>

/**
 * Parses the variable PRICES: `{"qwen-plus":{"input":0.8,"output":2}}`, a list of tiers with `up_to` for a model, or
 * prices of other units as in `{"wan2.6-t2v":{"per_video_second":{"720P":0.6,"1080P":1}}}`.
 *
 * @throws GatewayError `internal` with a message that says what is wrong.
 */
export function parsePrices(text: string | undefined): PriceOverrides {
  if (!text?.trim()) return {}
  const checked = check(schemas().overrides, parseJson(text))
  if ('fault' in checked) throw invalidPrices(checked.fault.param ? `; look at ${checked.fault.param}` : '')
  const entries = Object.entries(checked.value).map(([name, shape]) => [name, priceFrom(name, shape)])
  return Object.fromEntries(entries) as PriceOverrides
}

function priceFrom(name: string, shape: ModelShape | TierShape[]): Price {
  if (Array.isArray(shape)) return { tiers: tiersFrom(shape) }
  const { per_10k_characters, per_second, per_image, per_video_second, per_call, per_page, batch, ...rest } =
    shape
  const { tiers: list, input, output, ...tokens } = rest
  const isFlat = input !== undefined || output !== undefined
  if (isFlat && (input === undefined || output === undefined || list))
    throw invalidPrices(`; look at ${name}`)
  const tiers = isFlat
    ? tiersFrom([{ ...tokens, input: input ?? 0, output: output ?? 0 }])
    : list && tiersFrom(list)
  const price: Price = {
    ...(tiers && { tiers }),
    ...(per_10k_characters !== undefined && { per10kCharacters: per_10k_characters }),
    ...(per_second !== undefined && { perSecond: per_second }),
    ...(per_image !== undefined && { perImage: per_image }),
    ...(per_video_second !== undefined && { perVideoSecond: pricesByName(per_video_second) }),
    ...(per_call !== undefined && { perCall: pricesByName(per_call) }),
    ...(per_page !== undefined && { perPage: per_page }),
    ...(batch !== undefined && { batch }),
  }
  if (Object.keys(price).length === 0) throw invalidPrices(`; look at ${name}`)
  return price
}

function tiersFrom(shapes: readonly TierShape[]): readonly [Tier, ...Tier[]] {
  const tiers = shapes.map(
    ({ up_to, cached_explicit, media_input, audio_input, audio_output, ...rest }): Tier => ({
      ...rest,
      ...(up_to !== undefined && { upTo: up_to }),
      ...(cached_explicit !== undefined && { cachedExplicit: cached_explicit }),
      ...(media_input !== undefined && { mediaInput: media_input }),
      ...(audio_input !== undefined && { audioInput: audio_input }),
      ...(audio_output !== undefined && { audioOutput: audio_output }),
    }),
  )
  const [first, ...others] = tiers.toSorted((one, other) => (one.upTo ?? Infinity) - (other.upTo ?? Infinity))
  if (!first) throw invalidPrices('')
  return [first, ...others]
}

function pricesByName(value: number | Record<string, number>): PriceByName {
  return typeof value === 'number' ? { '*': value } : value
}

function invalidPrices(place: string): GatewayError {
  return misconfigured(
    'PRICES',
    `must be JSON like {"qwen-plus":{"input":0.8,"output":2}}, money per million tokens${place}`,
  )
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw invalidPrices('; it is not valid JSON')
  }
}
