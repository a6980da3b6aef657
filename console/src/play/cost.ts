import { signal } from '@preact/signals'
import { ask } from '../gateway/ask.ts'
import type { PriceList } from '../gateway/shapes.ts'
import type { Usage } from './wire.ts'

/** The effective price table; undefined if it is not available. */
export const prices = signal<PriceList | undefined>(undefined)

/** Suffixes for versions and dates; the price is that of the base model. */
const VERSION = /-(?:latest|us|\d{4}-\d{2}-\d{2}|\d{4})$/

/** Reads the price table once. */
export async function readPrices(): Promise<void> {
  if (prices.peek()) return
  try {
    prices.value = await ask<PriceList>('/edge/prices', { as: 'client' })
  } catch {
    // Without a price table there are no estimates.
  }
}

/**
 * The list price of tokens; the bill may differ due to discounts and free quotas.
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

/** The estimated tokens of a text: about 1.5 Chinese or 4 other characters per token (Qwen tokenizer, averages). */
export function estimateTokens(text: string): number {
  const wide = text.match(/[\u2e80-\u9fff\uac00-\ud7af\uff00-\uffef]/gu)?.length ?? 0
  return Math.ceil(wide / 1.5 + (text.length - wide) / 4)
}
