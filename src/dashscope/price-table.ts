import type { PriceByName, PriceRow } from './price.ts'

/**
 * Built-in tools, which cost the same with every model (price list of qwen3.8-max, 2026-10; Singapore's web search
 * from third parties). An unlisted tool costs as much as the most expensive one, so that limits on money hold.
 */
export const TOOL_PRICES: Readonly<Record<'CNY' | 'USD', { perCall: PriceByName; perPage: number }>> = {
  CNY: {
    perCall: {
      web_search: 0.004,
      image_search: 0.048,
      web_search_image: 0.024,
      code_interpreter: 0,
      web_extractor: 0,
      web_fetch: 0,
      file_search: 0,
      '*': 0.048,
    },
    perPage: 0.02,
  },
  USD: {
    perCall: {
      web_search: 0.01,
      image_search: 0.01,
      web_search_image: 0.01,
      code_interpreter: 0,
      web_extractor: 0,
      web_fetch: 0,
      file_search: 0,
      '*': 0.01,
    },
    perPage: 0.00275,
  },
}

/**
 * List prices of the Beijing region in CNY per million tokens.
 *
 * Sources: Alibaba Cloud, "Model pricing" of Model Studio (help.aliyun.com, model-studio/model-pricing) as quoted by
 * public catalogues between 2025-11 and 2026-08; the tiers of qwen-plus and qwen-flash also in "AI PaaS billing
 * rules" (help.aliyun.com, document 3023262), text-embedding-v4 in "OpenAI compatible - Embedding". The qwen3.6 and
 * qwen3.7-plus rows are USD prices of its English page, converted at that page's rate of 12 CNY = 1.65 USD. Prices of
 * speech, images and video are those of 2025-11 and 2025-12; newer models of these kinds have no row. Discounts and
 * free quotas are not included: Alibaba Cloud's bill is authoritative, and PRICES overrides any row.
 */
export const BEIJING_CNY: Readonly<Record<string, PriceRow>> = {
  'qwen3.8-max': [{ input: 12, output: 36, cached: 1.5, cachedExplicit: 1, written: 15 }],
  'qwen3.8-flash': [{ input: 0.8, output: 2.7, cached: 0.1 }],
  'qwen3.7-max': [{ input: 12, output: 36 }],
  'qwen3.7-plus': [
    { upTo: 256_000, input: 2, output: 8 },
    { input: 6, output: 24 },
  ],
  'qwen3.6-plus': [{ upTo: 256_000, input: 2, output: 12 }],
  'qwen3.6-flash': [
    { upTo: 256_000, input: 1.2, output: 7.2 },
    { input: 4.8, output: 28.8 },
  ],
  'qwen3.5-plus': [
    { upTo: 128_000, input: 0.8, output: 4.8 },
    { upTo: 256_000, input: 2, output: 12 },
  ],
  'qwen3.5-flash': [
    { upTo: 128_000, input: 0.2, output: 2 },
    { upTo: 256_000, input: 0.8, output: 8 },
    { input: 1.2, output: 12 },
  ],
  'qwen3-max': [
    { upTo: 32_000, input: 2.5, output: 10 },
    { upTo: 128_000, input: 4, output: 16 },
    { input: 7, output: 28 },
  ],
  'qwen-max': [{ input: 2.4, output: 9.6 }],
  'qwen-plus': [
    { upTo: 128_000, input: 0.8, output: 2, thinking: 8 },
    { upTo: 256_000, input: 2.4, output: 20, thinking: 24 },
    { input: 4.8, output: 48, thinking: 64 },
  ],
  'qwen-flash': [
    { upTo: 128_000, input: 0.15, output: 1.5 },
    { upTo: 256_000, input: 0.6, output: 6 },
    { input: 1.2, output: 12 },
  ],
  'qwen-turbo': [{ input: 0.3, output: 0.6, thinking: 3 }],
  'qwen-long': [{ input: 0.5, output: 2 }],
  'qwq-plus': [{ input: 1.6, output: 4 }],
  'qvq-max': [{ input: 8, output: 32 }],
  'qwen3-vl-plus': [
    { upTo: 32_000, input: 1, output: 10 },
    { upTo: 128_000, input: 1.5, output: 15 },
    { input: 3, output: 30 },
  ],
  'qwen3-vl-flash': [
    { upTo: 32_000, input: 0.15, output: 1.5 },
    { upTo: 128_000, input: 0.3, output: 3 },
    { input: 0.6, output: 6 },
  ],
  'qwen-vl-max': [{ input: 1.6, output: 4 }],
  'qwen-vl-plus': [{ input: 0.8, output: 2 }],
  'qwen3-coder-plus': [
    { upTo: 32_000, input: 4, output: 16 },
    { upTo: 128_000, input: 6, output: 24 },
    { upTo: 256_000, input: 10, output: 40 },
    { input: 20, output: 200 },
  ],
  'qwen3-coder-flash': [
    { upTo: 32_000, input: 1, output: 4 },
    { upTo: 128_000, input: 1.5, output: 6 },
    { upTo: 256_000, input: 2.5, output: 10 },
    { input: 5, output: 25 },
  ],
  'deepseek-v3': [{ input: 2, output: 8 }],
  'deepseek-r1': [{ input: 4, output: 16 }],
  // The test of the Batch page is free.
  'batch-test-model': { batch: 0 },
  'text-embedding-v4': [{ input: 0.5, output: 0 }],
  'qwen3-tts-flash': { per10kCharacters: 0.8 },
  'cosyvoice-v3-flash': { per10kCharacters: 1 },
  'cosyvoice-v3-plus': { per10kCharacters: 2 },
  'cosyvoice-v2': { per10kCharacters: 2 },
  'qwen3-asr-flash': { perSecond: 0.00022 },
  'qwen3-asr-flash-filetrans': { perSecond: 0.00022 },
  'fun-asr': { perSecond: 0.00022 },
  'paraformer-v2': { perSecond: 0.00008 },
  'qwen-image': { perImage: 0.25 },
  'qwen-image-plus': { perImage: 0.2 },
  'qwen-image-max': { perImage: 0.5 },
  'qwen-image-edit': { perImage: 0.3 },
  'wan2.5-t2i-preview': { perImage: 0.2 },
  'wan2.6-t2i': { perImage: 0.2 },
  'wan2.2-t2i-flash': { perImage: 0.14 },
  'wan2.2-t2i-plus': { perImage: 0.2 },
  'wanx2.1-t2i-turbo': { perImage: 0.14 },
  'wanx2.1-t2i-plus': { perImage: 0.2 },
  'wan2.2-i2v-flash': { perVideoSecond: { '480P': 0.1, '720P': 0.2, '1080P': 0.48, '*': 0.48 } },
  'wan2.2-t2v-plus': { perVideoSecond: { '480P': 0.14, '1080P': 0.7, '*': 0.7 } },
  'wan2.2-i2v-plus': { perVideoSecond: { '480P': 0.14, '1080P': 0.7, '*': 0.7 } },
  'wan2.5-t2v-preview': { perVideoSecond: { '480P': 0.3, '720P': 0.6, '1080P': 1, '*': 1 } },
  'wan2.5-i2v-preview': { perVideoSecond: { '480P': 0.3, '720P': 0.6, '1080P': 1, '*': 1 } },
  'wan2.6-t2v': { perVideoSecond: { '720P': 0.6, '1080P': 1, '*': 1 } },
  'wan2.6-i2v': { perVideoSecond: { '720P': 0.6, '1080P': 1, '*': 1 } },
}

/**
 * List prices of the Singapore region in USD per million tokens; they also apply to the other regions outside
 * mainland China, for which no separate list was found.
 *
 * Sources: Alibaba Cloud, "Model pricing", International (alibabacloud.com/help/en/model-studio/model-pricing) as
 * quoted by public catalogues on 2026-09-02; qwen-max, qwen-plus and qwen-turbo also in "Billing for model services"
 * (2025-04-22), text-embedding-v4 in "OpenAI compatible - Embedding" (2025-12-15).
 */
export const SINGAPORE_USD: Readonly<Record<string, PriceRow>> = {
  'qwen3.8-max': [{ input: 2, output: 6, cached: 0.25 }],
  'qwen3.8-flash': [{ input: 0.15, output: 0.47, cached: 0.016 }],
  'qwen3.7-max': [{ input: 2.5, output: 7.5 }],
  'qwen3.7-plus': [
    { upTo: 256_000, input: 0.4, output: 1.6 },
    { input: 1.2, output: 4.8 },
  ],
  'qwen3.7-flash': [
    { upTo: 32_000, input: 0.03, output: 0.13 },
    { upTo: 256_000, input: 0.1, output: 0.4 },
    { input: 0.2, output: 0.8 },
  ],
  'qwen3.6-plus': [
    { upTo: 256_000, input: 0.5, output: 3 },
    { input: 2, output: 6 },
  ],
  'qwen3.6-flash': [
    { upTo: 256_000, input: 0.25, output: 1.5 },
    { input: 1, output: 4 },
  ],
  'qwen3.5-plus': [
    { upTo: 256_000, input: 0.4, output: 2.4 },
    { input: 0.5, output: 3 },
  ],
  'qwen3.5-flash': [{ input: 0.1, output: 0.4 }],
  'qwen3-max': [
    { upTo: 32_000, input: 1.2, output: 6 },
    { upTo: 128_000, input: 2.4, output: 12 },
    { input: 3, output: 15 },
  ],
  'qwen-max': [{ input: 1.6, output: 6.4 }],
  'qwen-plus': [
    { upTo: 256_000, input: 0.4, output: 1.2, thinking: 4 },
    { input: 1.2, output: 3.6, thinking: 12 },
  ],
  'qwen-flash': [
    { upTo: 256_000, input: 0.05, output: 0.4 },
    { input: 0.25, output: 2 },
  ],
  'qwen-turbo': [{ input: 0.05, output: 0.2, thinking: 0.5 }],
  'qwen3-vl-plus': [
    { upTo: 32_000, input: 0.2, output: 1.6 },
    { upTo: 128_000, input: 0.3, output: 2.4 },
    { input: 0.6, output: 4.8 },
  ],
  'qwen3-vl-flash': [
    { upTo: 32_000, input: 0.05, output: 0.4 },
    { upTo: 128_000, input: 0.075, output: 0.6 },
    { input: 0.12, output: 0.96 },
  ],
  'qwen-vl-max': [{ input: 0.8, output: 3.2 }],
  'qwen3-coder-plus': [
    { upTo: 32_000, input: 1, output: 5 },
    { upTo: 128_000, input: 1.8, output: 9 },
    { upTo: 256_000, input: 3, output: 15 },
    { input: 6, output: 60 },
  ],
  'qwen3-coder-flash': [
    { upTo: 32_000, input: 0.3, output: 1.5 },
    { upTo: 128_000, input: 0.5, output: 2.5 },
    { upTo: 256_000, input: 0.8, output: 4 },
    { input: 1.6, output: 9.6 },
  ],
  // The test of the Batch page is free.
  'batch-test-model': { batch: 0 },
  'text-embedding-v4': [{ input: 0.07, output: 0 }],
  'text-embedding-v3': [{ input: 0.07, output: 0 }],
  'qwen3-asr-flash': { perSecond: 0.000035 },
  'qwen3-asr-flash-filetrans': { perSecond: 0.000035 },
  'fun-asr': { perSecond: 0.000035 },
  'qwen3-tts-flash': { per10kCharacters: 0.1 },
  'qwen-image': { perImage: 0.035 },
  'qwen-image-plus': { perImage: 0.03 },
  'wan2.5-t2i-preview': { perImage: 0.03 },
  'wan2.5-t2v-preview': { perVideoSecond: { '480P': 0.05, '720P': 0.1, '1080P': 0.15, '*': 0.15 } },
  'wan2.5-i2v-preview': { perVideoSecond: { '480P': 0.05, '720P': 0.1, '1080P': 0.15, '*': 0.15 } },
  'wan2.6-t2v': { perVideoSecond: { '720P': 0.1, '1080P': 0.15, '*': 0.15 } },
  'wan2.6-i2v': { perVideoSecond: { '720P': 0.1, '1080P': 0.15, '*': 0.15 } },
}
