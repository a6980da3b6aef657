import { describe, expect, it } from 'vitest'
import { parsePrices } from '../../src/dashscope/price-overrides.ts'
import { BEIJING_CNY, SINGAPORE_USD } from '../../src/dashscope/price-table.ts'
import { type Billing, NANOS, priceOf } from '../../src/dashscope/prices.ts'
import type { Region } from '../../src/dashscope/regions.ts'
import { NO_USAGE, type Usage } from '../../src/dashscope/usage.ts'

const CNY: Billing = { currency: 'CNY', overrides: {} }
const USD: Billing = { currency: 'USD', overrides: {} }

function used(fields: Partial<Usage>): Usage {
  return { ...NO_USAGE, ...fields }
}

/** Millionths, which are easier to read than nanos in tables of prices per million tokens. */
function micros(nanos: number | undefined): number | undefined {
  return nanos === undefined ? undefined : nanos / 1000
}

describe('the price of tokens', () => {
  it.each<[string, Region, Billing, Partial<Usage>, number | undefined]>([
    ['qwen-plus', 'beijing', CNY, { input: 1000, output: 1000 }, 2800],
    ['qwen-plus', 'beijing', CNY, { input: 1000, output: 1000, reasoning: 1 }, 8800],
    ['qwen-plus', 'beijing', CNY, { input: 1000, output: 1000, mayIncludeThinking: true }, 8800],
    ['qwen-plus', 'beijing', CNY, { input: 128_000, output: 0 }, 102_400],
    ['qwen-plus', 'beijing', CNY, { input: 128_001, output: 100 }, 309_202.4],
    ['qwen-plus', 'beijing', CNY, { input: 1000, cached: 600 }, 416],
    ['qwen-plus', 'beijing', CNY, { input: 1000, cached: 600, written: 100 }, 388],
    ['qwen3.8-max', 'beijing', CNY, { input: 1000, cached: 1000 }, 1500],
    ['qwen3.8-max', 'beijing', CNY, { input: 1000, cached: 1000, written: 0 }, 1000],
    ['qwen3.8-max', 'beijing', CNY, { input: 1000, written: 1000 }, 15_000],
    ['qwen-plus', 'singapore', USD, { input: 1000, output: 1000 }, 1600],
    ['qwen-plus', 'tokyo', USD, { input: 1000, output: 1000 }, 1600],
    ['qwen3.6-plus', 'beijing', CNY, { input: 300_000 }, 600_000],
    ['text-embedding-v4', 'beijing', CNY, { input: 2000 }, 1000],
    ['text-embedding-v4', 'singapore', USD, { input: 6 }, 0.42],
    ['qwen-plus-2025-12-01', 'beijing', CNY, { input: 1000 }, 800],
    ['qwen-plus-latest', 'beijing', CNY, { input: 1000 }, 800],
    ['qwen-plus-2025-12-01-us', 'virginia', USD, { input: 1000 }, 400],
    ['qwen-plus-us-latest', 'virginia', USD, { input: 1000 }, 400],
    ['qwen3.8-max-0902', 'beijing', CNY, { input: 1000 }, 12_000],
    ['qwen-plus', 'beijing', CNY, {}, 0],
    ['qwen-plus', 'beijing', CNY, { input: 10, cached: 1000 }, 1.6],
    ['wanx-v1', 'beijing', CNY, { input: 1000 }, undefined],
    ['constructor', 'beijing', CNY, { input: 1000 }, undefined],
    ['', 'beijing', CNY, { input: 1000 }, undefined],
  ])('%s in %s', (model, region, billing, usage, expected) => {
    expect(micros(priceOf(model, region, used(usage), billing))).toBe(expected)
  })

  it('The price is converted into the currency of the bill and stays a whole number.', () => {
    expect(priceOf('qwen-plus', 'singapore', used({ input: 1650 }), CNY)).toBe(4_800_000)
    expect(priceOf('qwen3.7-max', 'beijing', used({ input: 1000 }), USD)).toBe(1_650_000)
    expect(Number.isInteger(priceOf('qwen-flash', 'beijing', used({ input: 1 }), USD))).toBe(true)
  })

  it('The price adds up exactly over requests that cost less than a millionth each.', () => {
    const one = priceOf('text-embedding-v4', 'singapore', used({ input: 6 }), USD) ?? 0
    expect((1000 * one) / NANOS).toBe(0.00042)
  })
})

describe('the price of other units', () => {
  const image = { perImage: '{"m":{"per_image":0.2}}' }
  const omni = '{"m":{"input":2,"output":7,"media_input":3,"audio_input":16,"audio_output":60}}'

  it.each<[string, string, Partial<Usage>, number]>([
    ['characters', '{"m":{"per_10k_characters":2}}', { characters: 5000 }, 1],
    ['seconds', '{"m":{"per_second":0.0003}}', { seconds: 10 }, 0.003],
    [
      'seconds, although tokens are reported as well',
      '{"m":{"input":9,"output":9,"per_second":0.1}}',
      { input: 1e6, seconds: 10 },
      1,
    ],
    ['images', image.perImage, { images: 3 }, 0.6],
    [
      'video by its resolution',
      '{"m":{"per_video_second":{"720P":0.6,"1080P":1}}}',
      { videoSeconds: 5, resolution: '720P' },
      3,
    ],
    [
      'video of an unknown resolution, at the dearest',
      '{"m":{"per_video_second":{"720P":0.6,"1080P":1}}}',
      { videoSeconds: 5 },
      5,
    ],
    ['video at one price', '{"m":{"per_video_second":0.5}}', { videoSeconds: 4, resolution: '480P' }, 2],
    ['calls', '{"m":{"per_call":0.01}}', { toolCalls: 3, tools: { result: 3 } }, 0.03],
    [
      'calls by their tool',
      '{"m":{"per_call":{"web_search":0.5}}}',
      { toolCalls: 2, tools: { web_search: 2 } },
      1,
    ],
    ['pages', '{"m":{"input":0,"output":0,"per_page":0.5}}', { pages: 2 }, 1],
    [
      'web search, at the price of the region',
      '{"m":{"input":0,"output":0}}',
      { toolCalls: 2, tools: { web_search: 2 } },
      0.008,
    ],
    [
      'an unknown tool, at the dearest',
      '{"m":{"input":0,"output":0}}',
      { toolCalls: 1, tools: { novel: 1 } },
      0.048,
    ],
    ['PDF pages, at the price of the region', '{"m":{"input":0,"output":0}}', { pages: 10 }, 0.2],
    [
      'audio tokens',
      omni,
      { input: 100, audio: 60, spoken: 10, output: 10 },
      (50 * 2 + 50 * 16 + 10 * 60) / 1e6,
    ],
    ['image and video tokens', omni, { input: 100, image: 60, video: 20 }, (20 * 2 + 80 * 3) / 1e6],
  ])('Usage is priced by %s', (_, text, usage, expected) => {
    const nanos = priceOf('m', 'beijing', used(usage), { currency: 'CNY', overrides: parsePrices(text) })
    expect((nanos ?? Number.NaN) / NANOS).toBe(expected)
  })

  it('The price is halved in a batch, or multiplied by the factor of the model.', () => {
    const usage = used({ input: 1000, output: 1000 })
    expect(priceOf('qwen-plus', 'beijing', usage, CNY, true)).toBe(1_400_000)
    const overrides = parsePrices('{"qwen-plus":{"input":1,"output":1,"batch":0.25}}')
    expect(priceOf('qwen-plus', 'beijing', usage, { currency: 'CNY', overrides }, true)).toBe(500_000)
  })
})

describe('the table', () => {
  const prices = [...Object.entries(BEIJING_CNY), ...Object.entries(SINGAPORE_USD)].flatMap(([model, row]) =>
    'length' in row ? [[model, row] as const] : [],
  )

  it.each(prices)('For %s, longer input is never cheaper.', (_, tiers) => {
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
    return micros(priceOf(model, region, used(usage), { currency: 'CNY', overrides: parsePrices(text) }))
  }

  it('PRICES overrides a model in every region, in the currency of the bill.', () => {
    const text = '{"qwen-plus":{"input":1,"output":2}}'
    expect(price(text, 'qwen-plus')).toBe(1020)
    expect(price(text, 'qwen-plus', 'singapore')).toBe(1020)
    expect(price(text, 'qwen-max')).toBe(2496)
  })

  it('PRICES can price one region, a snapshot, or a model that the table does not know.', () => {
    const text =
      '{"singapore/qwen-plus":{"input":5,"output":0},"qwen-plus-latest":{"input":7,"output":0},"my-model":{"input":9,"output":0}}'
    expect(price(text, 'qwen-plus', 'singapore')).toBe(5000)
    expect(price(text, 'qwen-plus-latest')).toBe(7000)
    expect(price(text, 'qwen-plus')).toBe(820)
    expect(price(text, 'my-model-2026-01-01')).toBe(9000)
  })

  it('PRICES takes tiers in any order, thinking and cached input.', () => {
    const text = '{"m":[{"input":4,"output":8},{"up_to":100,"input":1,"output":2,"thinking":3,"cached":0.5}]}'
    expect(price(text, 'm', 'beijing', { input: 100, output: 10 })).toBe(120)
    expect(price(text, 'm', 'beijing', { input: 100, output: 10, reasoning: 5, cached: 100 })).toBe(80)
    expect(price(text, 'm', 'beijing', { input: 101, output: 10 })).toBe(484)
  })

  it.each([undefined, '', '  ', '{}'])('PRICES may be absent: %j', (text) => {
    expect(parsePrices(text)).toEqual({})
  })

  it.each([
    ['{', /not valid JSON/],
    ['[]', /PRICES must be JSON like/],
    ['{"m":5}', /look at m\./],
    ['{"m":{}}', /look at m\./],
    ['{"m":{"per_video_second":{"720P":-1}}}', /look at m\./],
    ['{"m":{"tiers":[{"input":1,"output":1}],"input":1,"output":1}}', /look at m\./],
    ['{"m":{"input":1}}', /look at m\./],
    ['{"m":{"input":-1,"output":1}}', /look at m\./],
    ['{"m":{"input":"1","output":1}}', /look at m\./],
    ['{"m":{"input":1,"output":1,"ouput":1}}', /look at m\./],
    ['{"m":[]}', /look at m\./],
    ['{"m":[{"up_to":0,"input":1,"output":1}]}', /look at m\[0\]\.up_to\./],
  ])('PRICES is refused as %s', (text, message) => {
    expect(() => parsePrices(text)).toThrow(
      expect.objectContaining({ reason: 'internal', message: expect.stringMatching(message) }),
    )
  })
})
