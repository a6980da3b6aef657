import * as z from 'zod/mini'
import { anyObject } from './envelope.ts'
import { openObject } from './open-object.ts'
import { numberIn } from './range.ts'

const flag = z.boolean()

/**
 * What text and multimodal models share. The ranges are those of DashScope's own
 * refusals (error page, `InvalidParameter`). Left to DashScope: upper bounds that hang on the model, and the seed's,
 * which lies beyond what JSON.parse tells apart. Null passes everywhere: it is documented for `top_k` and not known to
 * be refused elsewhere.
 */
const shared = {
  temperature: numberIn({ atLeast: 0, below: 2 }),
  top_p: numberIn({ above: 0, atMost: 1 }),
  top_k: numberIn({ atLeast: 0 }),
  repetition_penalty: numberIn({ above: 0 }),
  presence_penalty: numberIn({ atLeast: -2, atMost: 2 }),
  max_tokens: numberIn({ atLeast: 1 }),
  max_completion_tokens: z.number(),
  seed: numberIn({ atLeast: 0 }),
  stop: z.union([z.string(), z.array(z.unknown())]),
  incremental_output: flag,
  enable_search: flag,
  enable_thinking: flag,
  tools: z.array(anyObject),
  tool_choice: z.union([z.string(), anyObject]),
  response_format: anyObject,
  search_options: anyObject,
}

/** The parameters of a multimodal generation. */
export const generationParameters = openObject({}, shared)

/** The parameters of a text generation: text models give 1 to 4 answers (error page); on the multimodal path `n` counts images and is not bounded here. */
export const textParameters = openObject({}, { ...shared, n: numberIn({ atLeast: 1, atMost: 4 }) })
