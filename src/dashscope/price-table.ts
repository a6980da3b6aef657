/** Money per million tokens; for requests whose input has at most `upTo` tokens. */
export interface Tier {
  /** Absent: however long the input is. */
  upTo?: number
  input: number
  output: number
  /** For the whole output of an answer that was thought about; absent: the same as `output`. */
  thinking?: number
  /** For input read from the context cache; absent: a fifth of `input`. */
  cached?: number
}

/** Cheaper input comes first; what is longer than the last tier says costs what the last tier says. */
export type Price = readonly [Tier, ...Tier[]]

/**
 * List prices of the Beijing region in CNY per million tokens.
 *
 * Sources: Alibaba Cloud, "Model pricing" of Model Studio (help.aliyun.com, model-studio/model-pricing) as public
 * catalogues quoted it between 2025-11 and 2026-08; the tiers of qwen-plus and qwen-flash also in "AI PaaS billing rules"
 * (help.aliyun.com, document 3023262), text-embedding-v4 in "OpenAI compatible - Embedding". The qwen3.6 and
 * qwen3.7-plus rows are its English page's USD turned back at that page's own 12 CNY = 1.65 USD. Without discounts and
 * free quotas: the bill of Alibaba Cloud is what counts, and PRICES overrides any row.
 */
export const BEIJING_CNY: Readonly<Record<string, Price>> = {
  'qwen3.8-max': [{ input: 12, output: 36, cached: 1.5 }],
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
  'text-embedding-v4': [{ input: 0.5, output: 0 }],
}

/**
 * List prices of the Singapore region in USD per million tokens; the other regions outside of mainland China are counted
 * with them too, since no list of their own was found.
 *
 * Sources: Alibaba Cloud, "Model pricing", International (alibabacloud.com/help/en/model-studio/model-pricing) as public
 * catalogues quoted it on 2026-09-02; qwen-max, qwen-plus and qwen-turbo also in "Billing for model services"
 * (2025-04-22), text-embedding-v4 in "OpenAI compatible - Embedding" (2025-12-15).
 */
export const SINGAPORE_USD: Readonly<Record<string, Price>> = {
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
  'text-embedding-v4': [{ input: 0.07, output: 0 }],
  'text-embedding-v3': [{ input: 0.07, output: 0 }],
}
