import * as z from 'zod/mini'
import { notEmpty } from '../../lib/schema/must.ts'
import { openObject } from '../../lib/schema/open-object.ts'
import { numberIn } from '../../lib/schema/range.ts'
import { model } from './envelope.ts'

/** Newer SDKs may put `system` between messages; whether a model takes it there is for DashScope to say. */
const message = openObject(
  { role: z.enum(['user', 'assistant', 'system']) },
  { content: z.union([z.string(), z.array(z.unknown())]) },
)

/** The body of an Anthropic-compatible messages request (Anthropic API, "Create a message": the required fields). */
export const anthropicMessages = openObject(
  {
    model,
    max_tokens: numberIn({ atLeast: 1, whole: true }),
    messages: z.array(message).check(notEmpty('at least one message')),
  },
  { stream: z.boolean() },
)
