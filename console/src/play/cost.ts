import { signal } from '@preact/signals'
import { ask } from '../gateway/ask.ts'
import type { PriceList } from '../gateway/shapes.ts'
import type { Usage } from './wire.ts'

/** The price table in force; undefined if the gateway does not give it. */
export const prices = signal<PriceList | undefined>(undefined)

/** Versions and dates at the end of a name are priced as the model itself. */
const VERSION = /-(?:latest|us|\d{4}-\d{2}-\d{2}|\d{4})$/

/** Reads the price table once. */
export async function readPrices(): Promise<void> {
  if (prices.peek()) return
  try {
    prices.value = await ask<PriceList>('/edge/prices', { as: 'client' })
  } catch {
    // Without prices there is no estimate.
  }
}

/**
 * What tokens cost at the list price; the bill may differ by discounts and free quotas.
 *
 * @returns money in the currency of the list, undefined if the model has no price.
 */
export function costOf(list: PriceList | undefined, model: string, usage: Usage): number | undefined {
  const price = list?.prices[model] ?? list?.prices[model.replace(VERSION, '')]
  if (price?.input === undefined) return undefined
  const { tiers = [price] } = price
  const tier = tiers.find(({ up_to }) => up_to === undefined || usage.input <= up_to) ?? tiers.at(-1) ?? price
  const { input = 0, output = 0, cached = input / 5, thinking = output } = tier
  const fresh = usage.input - Math.min(usage.cached, usage.input)
  const micros =
    fresh * input + usage.cached * cached + usage.output * (usage.reasoning > 0 ? thinking : output)
  return micros / 1_000_000
}

/** Tokens of a text before it is sent: about 1.5 Chinese characters or 4 others each (Qwen tokenizer, averages). */
export function estimateTokens(text: string): number {
  const wide = text.match(/[\u2e80-\u9fff\uac00-\ud7af\uff00-\uffef]/gu)?.length ?? 0
  return Math.ceil(wide / 1.5 + (text.length - wide) / 4)
}
