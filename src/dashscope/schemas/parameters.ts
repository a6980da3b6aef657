import * as z from 'zod/mini'
import { anyObject } from './envelope.ts'
import { numberIn } from './range.ts'

const flag = z.nullish(z.boolean())

/**
 * The generation parameters that text and multimodal models share. The ranges are those of DashScope's own
 * refusals (error page, `InvalidParameter`). Left to DashScope: upper bounds that hang on the model, and the seed's,
 * which lies beyond what JSON.parse tells apart. Null passes everywhere: it is documented for `top_k` and not known to
 * be refused elsewhere.
 */
export const generationParameters = z.looseObject({
  temperature: z.nullish(numberIn({ atLeast: 0, below: 2 })),
  top_p: z.nullish(numberIn({ above: 0, atMost: 1 })),
  top_k: z.nullish(numberIn({ atLeast: 0 })),
  repetition_penalty: z.nullish(numberIn({ above: 0 })),
  presence_penalty: z.nullish(numberIn({ atLeast: -2, atMost: 2 })),
  max_tokens: z.nullish(numberIn({ atLeast: 1 })),
  max_completion_tokens: z.nullish(z.number()),
  seed: z.nullish(numberIn({ atLeast: 0 })),
  stop: z.nullish(z.union([z.string(), z.array(z.unknown())])),
  incremental_output: flag,
  enable_search: flag,
  enable_thinking: flag,
  tools: z.nullish(z.array(anyObject)),
  tool_choice: z.nullish(z.union([z.string(), anyObject])),
  response_format: z.nullish(anyObject),
  search_options: z.nullish(anyObject),
})

/** Text models give 1 to 4 answers (error page); on the multimodal path `n` counts images and is not bounded here. */
export const textParameters = z.extend(generationParameters, {
  n: z.nullish(numberIn({ atLeast: 1, atMost: 4 })),
})
