import * as z from 'zod/mini'
import { once } from '../../lib/once.ts'
import { numberIn } from '../../lib/schema/range.ts'
import { anyObject, messageList, model } from './shared.ts'

const textOrList = once(() => z.union([z.string(), z.array(z.unknown())]))

/**
 * The body of an OpenAI-compatible chat request. Types and bounds are taken from DashScope's error messages (error
 * page: `'temperature' must be Float`, `'seed' must be Integer`, `-1 is lesser than the minimum of 0 - 'seed'`, `[]
 * is too short`). The compatible path serves models of many vendors, so a bound known from one vendor's models is not
 * checked.
 */
export const chatCompletions = once(() => {
  // Parts are objects; LangChain and some PHP clients also send plain strings between them.
  const part = z.union([z.looseObject({ text: z.nullish(z.string()) }), z.string()], { error: 'an object' })
  const message = z.looseObject({
    role: z.enum(['system', 'developer', 'user', 'assistant', 'tool', 'function', 'attachment']),
    content: z.nullish(z.union([z.string(), z.array(part)])),
  })
  const flag = z.nullish(z.boolean())
  const number = z.nullish(z.number())
  return z.looseObject({
    model: model(),
    messages: messageList(message),
    stream: flag,
    stream_options: z.nullish(anyObject()),
    temperature: number,
    top_p: number,
    max_tokens: z.nullish(numberIn({ atLeast: 1 })),
    max_completion_tokens: number,
    n: z.nullish(numberIn({ atLeast: 1 })),
    seed: z.nullish(numberIn({ atLeast: 0, whole: true })),
    tools: z.nullish(z.array(anyObject())),
    enable_search: flag,
    enable_thinking: flag,
  })
})

/** The body of an OpenAI-compatible text completion, whose prompt may contain fill-in-the-middle markers. */
export const completions = once(() => {
  const number = z.nullish(z.number())
  return z.looseObject({
    model: model(),
    prompt: textOrList(),
    suffix: z.nullish(z.string()),
    stream: z.nullish(z.boolean()),
    stream_options: z.nullish(anyObject()),
    max_tokens: z.nullish(numberIn({ atLeast: 1 })),
    temperature: number,
    top_p: number,
    stop: z.nullish(textOrList()),
  })
})

/** The body of a request to the decision model: a state and named questions about it, in various formats. */
export const decision = once(() => z.looseObject({ model: model(), questions: anyObject() }))

/** The body of an OpenAI-compatible embeddings request; the array may contain texts or tokens. */
export const compatibleEmbeddings = once(() => z.looseObject({ model: model(), input: textOrList() }))

/** The body of a rerank request on the compatible path (`qwen3-rerank`), which has no `input` and no `parameters`. */
export const flatRerank = once(() =>
  z.looseObject({
    model: model(),
    query: z.union([z.string(), z.looseObject({})]),
    documents: z.array(z.unknown()),
    top_n: z.nullish(z.number()),
  }),
)
