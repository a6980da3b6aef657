import * as z from 'zod/mini'
import { once } from '../../lib/once.ts'
import { anyObject, model } from './shared.ts'

const textOrList = once(() => z.union([z.string(), z.array(z.unknown())]))
const flag = once(() => z.nullish(z.boolean()))

/** The body of a request to the Responses API; `input` may be absent if the request continues an earlier response. */
export const responses = once(() =>
  z.looseObject({ model: model(), input: z.nullish(textOrList()), stream: flag() }),
)

/** The same for an application, which the path names. */
export const appResponses = once(() =>
  z.looseObject({ input: z.nullish(textOrList()), stream: flag(), background: flag() }),
)

/** The body that creates a conversation, or changes its metadata. DashScope checks the number of items and pairs. */
export const conversation = once(() =>
  z.looseObject({ items: z.nullish(z.array(anyObject())), metadata: z.nullish(anyObject()) }),
)

/** The body that adds items to a conversation. */
export const conversationItems = once(() => z.looseObject({ items: z.array(anyObject()) }))
