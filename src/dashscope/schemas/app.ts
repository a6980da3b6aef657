import * as z from 'zod/mini'
import { anyObject, inputOf, parametersOf } from './envelope.ts'

/**
 * The body of an application's completion request. The path names the application, so `model` is missing or (Python
 * SDK) an empty string; a workflow may be started with `biz_params` alone.
 */
export const appCompletion = z.looseObject({
  input: inputOf(z.looseObject({ prompt: z.nullish(z.string()), messages: z.nullish(z.array(anyObject)) })),
  parameters: parametersOf(anyObject),
})
