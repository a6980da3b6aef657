import * as z from 'zod/mini'
import { once } from '../../lib/once.ts'
import { numberIn } from '../../lib/schema/range.ts'
import { refineMessage } from '../../lib/schema/refine.ts'
import { CUSTOMIZATION_ACTIONS } from '../request/customization.ts'
import { anyObject, model, objectLike } from './shared.ts'

/**
 * The `input` of a native request: an object, or the cipher text that replaces it when the request carries
 * `X-DashScope-EncryptionKey` (both official SDKs).
 */
function inputOf<Input extends z.core.SomeType>(input: Input) {
  return z.union([input, z.string()], { error: 'an object' })
}

/**
 * The body of a native request: `{model, input, parameters?}` (DashScope API reference, request body). Other members
 * are allowed; SDKs also send `resources` and `stream`.
 */
function nativeBody<Input extends z.core.SomeType, Parameters extends z.core.SomeType>(
  input: Input,
  parameters: Parameters,
) {
  return z.looseObject({
    model: model(),
    input: inputOf(input),
    parameters: z.nullish(objectLike(parameters)),
  })
}

/**
 * A message of a native request, for text and multimodal models alike; DashScope decides which models accept parts. A
 * missing `content` is refused ("The content field is a required field.", error page) unless tool calls replace it.
 * Null is allowed, because it may not always be refused.
 */
const message = once(() => {
  // A URL, a data URL, or for `video` a list of frames.
  const media = z.nullish(
    z
      .unknown()
      .check(
        refineMessage((value) => typeof value === 'string' || Array.isArray(value), 'a string or an array'),
      ),
  )
  const part = z.looseObject({ text: z.nullish(z.string()), image: media, video: media, audio: media })
  return z
    .looseObject({
      // The roles listed in DashScope's error message; `function`, `plugin` and the SDKs' `attachment` are old and
      // still accepted.
      role: z.enum(['system', 'user', 'assistant', 'tool', 'function', 'plugin', 'attachment']),
      content: z.nullish(z.union([z.string(), z.array(z.union([part, z.string()], { error: 'an object' }))])),
    })
    .check(
      refineMessage(
        (candidate) => candidate.content !== undefined || mayLackContent(candidate),
        'a string or an array; only an assistant message with "tool_calls" may go without',
        ['content'],
      ),
    )
})

/** What messages with the old roles contain is not documented. */
function mayLackContent({ role, tool_calls }: { role: string; tool_calls?: unknown }): boolean {
  if (role === 'assistant') return tool_calls !== undefined && tool_calls !== null
  return role === 'function' || role === 'plugin' || role === 'attachment'
}

/**
 * The types of the parameters that text and multimodal models share. Null is allowed everywhere: it is documented for
 * `top_k` and not known to be refused elsewhere.
 */
const parameterTypes = once(() => {
  const flag = z.nullish(z.boolean())
  const number = z.nullish(z.number())
  return {
    temperature: number,
    top_p: number,
    top_k: number,
    repetition_penalty: number,
    presence_penalty: number,
    max_tokens: number,
    max_completion_tokens: number,
    seed: number,
    stop: z.nullish(z.union([z.string(), z.array(z.unknown())])),
    incremental_output: flag,
    enable_search: flag,
    enable_thinking: flag,
    tools: z.nullish(z.array(anyObject())),
    tool_choice: z.nullish(z.union([z.string(), anyObject()])),
    response_format: z.nullish(anyObject()),
    search_options: z.nullish(anyObject()),
  }
})

/**
 * The ranges of text models: taken from DashScope's error messages (error page, `InvalidParameter`). Not checked
 * here: upper bounds that depend on the model, and that of the seed, which exceeds the precision of JSON.parse.
 */
const textRanges = () => ({
  temperature: z.nullish(numberIn({ atLeast: 0, below: 2 })),
  top_p: z.nullish(numberIn({ above: 0, atMost: 1 })),
  top_k: z.nullish(numberIn({ atLeast: 0 })),
  repetition_penalty: z.nullish(numberIn({ above: 0 })),
  presence_penalty: z.nullish(numberIn({ atLeast: -2, atMost: 2 })),
  max_tokens: z.nullish(numberIn({ atLeast: 1 })),
  seed: z.nullish(numberIn({ atLeast: 0 })),
  n: z.nullish(numberIn({ atLeast: 1, atMost: 4 })),
})

/**
 * The body of a text-generation request: `messages`, or the older `prompt` with an optional `history`. DashScope
 * refuses a request with neither (`Either "prompt" or "messages" must exist and cannot both be none`) and an empty
 * `messages` (`[] is too short`). An empty `messages` with a prompt is allowed: DashScope's response depends on the
 * model.
 */
export const textGeneration = once(() => {
  const input = z
    .looseObject({ messages: z.nullish(z.array(message())), prompt: z.nullish(z.string()) })
    .check(
      refineMessage(
        (asked) => (asked.messages ?? asked.prompt ?? undefined) !== undefined,
        'either "prompt" or "messages"',
      ),
      refineMessage(
        (asked) => asked.messages?.length !== 0 || typeof asked.prompt === 'string',
        'at least one message',
        ['messages'],
      ),
    )
  return nativeBody(input, z.looseObject({ ...parameterTypes(), ...textRanges() }))
})

/**
 * The body of a multimodal-generation request: `messages`, or `text` for speech, where the Java SDK adds an empty
 * `messages`. Any other non-empty input is allowed, and only the types of parameters are checked: every few months
 * this path gets a new kind of model with different ranges (`n` may count images).
 */
export const multimodalGeneration = once(() => {
  const input = z
    .looseObject({ messages: z.nullish(z.array(message())), text: z.nullish(z.string()) })
    .check(
      refineMessage(
        (asked) => Object.values(asked).some(isPresent),
        '"messages" with at least one message, or "text" for speech',
      ),
    )
  return nativeBody(input, z.looseObject(parameterTypes()))
})

function isPresent(value: unknown): boolean {
  return value !== undefined && value !== null && !(Array.isArray(value) && value.length === 0)
}

/**
 * The body of a text-embedding request: texts to embed now or, for the asynchronous models, the URL of a file of
 * texts.
 */
export const textEmbedding = once(() => {
  const input = z
    .looseObject({
      texts: z.nullish(z.union([z.string(), z.array(z.string())])),
      url: z.nullish(z.string()),
    })
    .check(
      refineMessage(
        (asked) => (asked.texts ?? asked.url ?? undefined) !== undefined,
        'either "texts" or, for an asynchronous model, "url"',
      ),
    )
  return nativeBody(input, z.looseObject({}))
})

/**
 * The body of a multimodal-embedding request; an error message of DashScope shows that plain strings are accepted
 * too.
 */
export const multimodalEmbedding = once(() =>
  nativeBody(z.looseObject({ contents: z.union([z.array(z.unknown()), z.string()]) }), z.looseObject({})),
)

/** The body of a native rerank request: texts, or objects such as `{text}` and `{image}` for qwen3-vl-rerank. */
export const nestedRerank = once(() =>
  nativeBody(
    z.looseObject({ query: z.union([z.string(), z.looseObject({})]), documents: z.array(z.unknown()) }),
    z.looseObject({ top_n: z.nullish(z.number()) }),
  ),
)

/**
 * The body of an application's completion request. The path names the application, so `model` is missing or (Python
 * SDK) an empty string; a workflow may be started with only `biz_params`.
 */
export const appCompletion = once(() =>
  z.looseObject({
    input: inputOf(
      z.looseObject({ prompt: z.nullish(z.string()), messages: z.nullish(z.array(z.looseObject({}))) }),
    ),
    parameters: z.nullish(anyObject()),
  }),
)

/** The body of a customization request. Its action must be known, since it determines what the request does. */
export const customization = once(() =>
  z.looseObject({
    model: model(),
    input: z.looseObject({
      action: z.enum(CUSTOMIZATION_ACTIONS, `one of ${CUSTOMIZATION_ACTIONS.join(', ')}`),
    }),
    parameters: z.nullish(anyObject()),
  }),
)

/** The body that starts a task. Inputs differ by model, so only the envelope is checked. */
export const submit = once(() => nativeBody(z.looseObject({}), z.looseObject({})))
