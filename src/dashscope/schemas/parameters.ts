import * as z from 'zod/mini'
import { openObject } from '../../lib/schema/open-object.ts'
import { numberIn } from '../../lib/schema/range.ts'
import { anyObject } from './envelope.ts'

const flag = z.boolean()

/**
 * The types of what text and multimodal models share. Null passes everywhere: it is documented for `top_k` and not known
 * to be refused elsewhere.
 */
const types = {
  temperature: z.number(),
  top_p: z.number(),
  top_k: z.number(),
  repetition_penalty: z.number(),
  presence_penalty: z.number(),
  max_tokens: z.number(),
  max_completion_tokens: z.number(),
  seed: z.number(),
  stop: z.union([z.string(), z.array(z.unknown())]),
  incremental_output: flag,
  enable_search: flag,
  enable_thinking: flag,
  tools: z.array(anyObject),
  tool_choice: z.union([z.string(), anyObject]),
  response_format: anyObject,
  search_options: anyObject,
}

/**
 * The ranges of text models: those of DashScope's own refusals (error page, `InvalidParameter`). Left to DashScope: upper
 * bounds that hang on the model, and the seed's, which lies beyond what JSON.parse tells apart.
 */
const textRanges = {
  temperature: numberIn({ atLeast: 0, below: 2 }),
  top_p: numberIn({ above: 0, atMost: 1 }),
  top_k: numberIn({ atLeast: 0 }),
  repetition_penalty: numberIn({ above: 0 }),
  presence_penalty: numberIn({ atLeast: -2, atMost: 2 }),
  max_tokens: numberIn({ atLeast: 1 }),
  seed: numberIn({ atLeast: 0 }),
  n: numberIn({ atLeast: 1, atMost: 4 }),
}

/**
 * The parameters of a multimodal generation. Only types: the path serves a new kind of model every few months, with ranges
 * of its own (`n`, for one, may count images).
 */
export const generationParameters = openObject({}, types)

/** The parameters of a text generation. */
export const textParameters = openObject({}, { ...types, ...textRanges })
