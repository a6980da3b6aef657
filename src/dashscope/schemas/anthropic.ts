import * as z from 'zod/mini'
import { once } from '../../lib/once.ts'
import { numberIn } from '../../lib/schema/range.ts'
import { messageList, model } from './shared.ts'

/** The body of an Anthropic-compatible messages request (Anthropic API, "Create a message": the required fields). */
export const anthropicMessages = once(() => {
  // Newer SDKs may put `system` between messages; DashScope decides whether the model accepts it there.
  const message = z.looseObject({
    role: z.enum(['user', 'assistant', 'system']),
    content: z.nullish(z.union([z.string(), z.array(z.unknown())])),
  })
  return z.looseObject({
    model: model(),
    max_tokens: numberIn({ atLeast: 1, whole: true }),
    messages: messageList(message),
    stream: z.nullish(z.boolean()),
  })
})

/** The body of a token count: a messages request without `max_tokens`. */
export const anthropicCountTokens = once(() =>
  z.looseObject({ model: model(), messages: messageList(z.looseObject({})) }),
)
