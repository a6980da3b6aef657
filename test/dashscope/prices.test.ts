import { describe, expect, it } from 'vitest'
import { BEIJING_CNY, SINGAPORE_USD } from '../../src/dashscope/price-table.ts'
import { type Billing, parsePrices, priceOf } from '../../src/dashscope/prices.ts'
import type { Region } from '../../src/dashscope/regions.ts'
import { NO_USAGE, type Usage } from '../../src/dashscope/usage.ts'

const CNY: Billing = { currency: 'CNY', overrides: {} }
const USD: Billing = { currency: 'USD', overrides: {} }

function used(fields: Partial<Usage>): Usage {
  return { ...NO_USAGE, ...fields }
}

describe('a price', () => {
  it.each<[string, Region, Billing, Partial<Usage>, number | undefined]>([
    ['qwen-plus', 'beijing', CNY, { input: 1000, output: 1000 }, 2800],
    ['qwen-plus', 'beijing', CNY, { input: 1000, output: 1000, reasoning: 1 }, 8800],
    ['qwen-plus', 'beijing', CNY, { input: 128_000, output: 0 }, 102_400],
    ['qwen-plus', 'beijing', CNY, { input: 128_001, output: 100 }, 309_202],
    ['qwen-plus', 'beijing', CNY, { input: 1000, cached: 600 }, 416],
    ['qwen-plus', 'beijing', CNY, { input: 1000, cached: 600, written: 100 }, 388],
    ['qwen3.8-max', 'beijing', CNY, { input: 1000, cached: 1000 }, 1500],
    ['qwen-plus', 'singapore', USD, { input: 1000, output: 1000 }, 1600],
    ['qwen-plus', 'tokyo', USD, { input: 1000, output: 1000 }, 1600],
    ['qwen3.6-plus', 'beijing', CNY, { input: 300_000 }, 600_000],
    ['text-embedding-v4', 'beijing', CNY, { input: 2000 }, 1000],
    ['qwen-plus-2025-12-01', 'beijing', CNY, { input: 1000 }, 800],
    ['qwen-plus-latest', 'beijing', CNY, { input: 1000 }, 800],
    ['qwen3.8-max-0902', 'beijing', CNY, { input: 1000 }, 12_000],
    ['qwen-plus', 'beijing', CNY, {}, 0],
    ['qwen-plus', 'beijing', CNY, { input: 10, cached: 1000 }, 2],
    ['wanx-v1', 'beijing', CNY, { input: 1000 }, undefined],
    ['constructor', 'beijing', CNY, { input: 1000 }, undefined],
    ['', 'beijing', CNY, { input: 1000 }, undefined],
  ])('of %s in %s', (model, region, billing, usage, micros) => {
    expect(priceOf(model, region, used(usage), billing)).toBe(micros)
  })

  it('is turned into the currency of the bill, and stays whole', () => {
    expect(priceOf('qwen-plus', 'singapore', used({ input: 1650 }), CNY)).toBe(4800)
    expect(priceOf('qwen3.7-max', 'beijing', used({ input: 1000 }), USD)).toBe(1650)
    expect(priceOf('qwen-flash', 'beijing', used({ input: 1 }), CNY)).toBe(0)
  })
})

describe('the table', () => {
  const prices = [...Object.entries(BEIJING_CNY), ...Object.entries(SINGAPORE_USD)]

  it.each(prices)('%s: longer input is never cheaper', (_, tiers) => {
    for (const [index, tier] of tiers.entries()) {
      const before = tiers[index - 1]
      expect(tier.input).toBeGreaterThan(0)
      if (!before) continue
      expect(tier.upTo ?? Infinity).toBeGreaterThan(before.upTo ?? Infinity)
      expect(tier.input).toBeGreaterThan(before.input)
      expect(tier.output).toBeGreaterThan(before.output)
    }
  })
})

describe('PRICES', () => {
  function price(
    text: string,
    model: string,
    region: Region = 'beijing',
    usage: Partial<Usage> = { input: 1000, output: 10 },
  ) {
    return priceOf(model, region, used(usage), { currency: 'CNY', overrides: parsePrices(text) })
  }

  it('overrides a model, in every region and in the currency of the bill', () => {
    const text = '{"qwen-plus":{"input":1,"output":2}}'
    expect(price(text, 'qwen-plus')).toBe(1020)
    expect(price(text, 'qwen-plus', 'singapore')).toBe(1020)
    expect(price(text, 'qwen-max')).toBe(2496)
  })

  it('prices one region, a snapshot, or a model that the table does not know', () => {
    const text =
      '{"singapore/qwen-plus":{"input":5,"output":0},"qwen-plus-latest":{"input":7,"output":0},"my-model":{"input":9,"output":0}}'
    expect(price(text, 'qwen-plus', 'singapore')).toBe(5000)
    expect(price(text, 'qwen-plus-latest')).toBe(7000)
    expect(price(text, 'qwen-plus')).toBe(820)
    expect(price(text, 'my-model-2026-01-01')).toBe(9000)
  })

  it('takes tiers in any order, thinking and cached input', () => {
    const text = '{"m":[{"input":4,"output":8},{"up_to":100,"input":1,"output":2,"thinking":3,"cached":0.5}]}'
    expect(price(text, 'm', 'beijing', { input: 100, output: 10 })).toBe(120)
    expect(price(text, 'm', 'beijing', { input: 100, output: 10, reasoning: 5, cached: 100 })).toBe(80)
    expect(price(text, 'm', 'beijing', { input: 101, output: 10 })).toBe(484)
  })

  it.each([undefined, '', '  ', '{}'])('may be absent: %j', (text) => {
    expect(parsePrices(text)).toEqual({})
  })

  it.each([
    ['{', /not valid JSON/],
    ['[]', /PRICES must be JSON like/],
    ['{"m":5}', /look at m\./],
    ['{"m":{"input":1}}', /look at m\./],
    ['{"m":{"input":-1,"output":1}}', /look at m\./],
    ['{"m":{"input":"1","output":1}}', /look at m\./],
    ['{"m":{"input":1,"output":1,"ouput":1}}', /look at m\./],
    ['{"m":[]}', /look at m\./],
    ['{"m":[{"up_to":0,"input":1,"output":1}]}', /look at m\./],
  ])('is refused as %s', (text, message) => {
    expect(() => parsePrices(text)).toThrow(
      expect.objectContaining({ reason: 'internal', message: expect.stringMatching(message) }),
    )
  })
})
