import { asPrice, type Price, type PriceByName, type PriceRow, type Tier } from './price.ts'
import { BEIJING_CNY, SINGAPORE_USD } from './price-table.ts'
import type { Billing } from './prices.ts'
import type { Region } from './regions.ts'

/** A tier in the API, with the member names of the variable PRICES. */
interface TierShown {
  input: number
  output: number
  thinking?: number
  cached?: number
  cached_explicit?: number
  written?: number
  media_input?: number
  audio_input?: number
  audio_output?: number
  /** The largest number of input tokens of this tier; undefined: no limit. */
  up_to?: number
}

/** A model's price: the prices of the first tier, all tiers if there are several, and the prices of other units. */
export type PriceShown = Partial<TierShown> & {
  tiers?: TierShown[]
  per_10k_characters?: number
  per_second?: number
  per_image?: number
  per_video_second?: PriceByName
  per_call?: PriceByName
  per_page?: number
  batch?: number
}

/** The prices that the gateway calculates with. */
export interface PriceList {
  currency: string
  prices: Record<string, PriceShown>
  /** The unit of each price. */
  units: Record<string, string>
}

const UNITS = {
  input: 'per million tokens',
  output: 'per million tokens',
  thinking: 'per million tokens, for the whole output of a response that includes thinking',
  cached: 'per million tokens read from the implicit context cache',
  cached_explicit: 'per million tokens read from the explicit context cache',
  written: 'per million tokens written into the explicit context cache',
  media_input: 'per million image and video tokens of the input',
  audio_input: 'per million audio tokens of the input',
  audio_output: 'per million audio tokens of the output',
  per_10k_characters: 'per 10,000 characters',
  per_second: 'per second of audio',
  per_image: 'per image',
  per_video_second: 'per second of video, by resolution',
  per_call: 'per call of a built-in tool, by its name',
  per_page: 'per page of a PDF document',
  batch: 'factor for requests in a batch',
}

/** The effective price table: DashScope's list prices in a region, with rows replaced by PRICES. */
export function priceList({ currency, overrides }: Billing, region: Region): PriceList {
  const table: Readonly<Record<string, PriceRow>> = currency === 'CNY' ? BEIJING_CNY : SINGAPORE_USD
  const own = Object.entries(overrides)
  const everywhere = own.filter(([name]) => !name.includes('/'))
  const here = own
    .filter(([name]) => name.startsWith(`${region}/`))
    .map(([name, price]) => [name.slice(region.length + 1), price] as const)
  const prices = [...Object.entries(table), ...everywhere, ...here].map(
    ([model, row]) => [model, priceShown(asPrice(row))] as const,
  )
  return { currency, prices: Object.fromEntries(prices), units: UNITS }
}

function priceShown({ tiers, ...units }: Price): PriceShown {
  const { per10kCharacters, perSecond, perImage, perVideoSecond, perCall, perPage, batch } = units
  return {
    ...(tiers && tiersShown(tiers)),
    ...(per10kCharacters !== undefined && { per_10k_characters: per10kCharacters }),
    ...(perSecond !== undefined && { per_second: perSecond }),
    ...(perImage !== undefined && { per_image: perImage }),
    ...(perVideoSecond && { per_video_second: perVideoSecond }),
    ...(perCall && { per_call: perCall }),
    ...(perPage !== undefined && { per_page: perPage }),
    ...(batch !== undefined && { batch }),
  }
}

function tiersShown(tiers: readonly [Tier, ...Tier[]]): PriceShown {
  const { up_to: _bound, ...first } = tierShown(tiers[0])
  return tiers.length > 1 ? { ...first, tiers: tiers.map(tierShown) } : first
}

function tierShown({ upTo, cachedExplicit, mediaInput, audioInput, audioOutput, ...tier }: Tier): TierShown {
  return {
    ...tier,
    ...(cachedExplicit !== undefined && { cached_explicit: cachedExplicit }),
    ...(mediaInput !== undefined && { media_input: mediaInput }),
    ...(audioInput !== undefined && { audio_input: audioInput }),
    ...(audioOutput !== undefined && { audio_output: audioOutput }),
    ...(upTo !== undefined && { up_to: upTo }),
  }
}
