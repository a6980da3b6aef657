import * as z from 'zod/mini'
import { notEmpty } from '../../lib/schema/must.ts'
import { openObject } from '../../lib/schema/open-object.ts'
import { numberIn } from '../../lib/schema/range.ts'
import { anyObject, model } from './envelope.ts'

const part = openObject({}, { text: z.string() })

const message = openObject(
  { role: z.enum(['system', 'developer', 'user', 'assistant', 'tool', 'function']) },
  { content: z.union([z.string(), z.array(part)]) },
)

const flag = z.boolean()

/**
 * The body of an OpenAI-compatible chat request. Types and bounds are those of DashScope's own refusals (error page:
 * `'temperature' must be Float`, `'seed' must be Integer`, `-1 is lesser than the minimum of 0 - 'seed'`, `[] is too
 * short`). The compatible path serves models of many makers, so bounds known from one maker's models stay out.
 */
export const chatCompletions = openObject(
  { model, messages: z.array(message).check(notEmpty('at least one message')) },
  {
    stream: flag,
    stream_options: anyObject,
    temperature: z.number(),
    top_p: z.number(),
    max_tokens: numberIn({ atLeast: 1 }),
    max_completion_tokens: z.number(),
    n: numberIn({ atLeast: 1 }),
    seed: numberIn({ atLeast: 0, whole: true }),
    tools: z.array(anyObject),
    enable_search: flag,
    enable_thinking: flag,
  },
)
