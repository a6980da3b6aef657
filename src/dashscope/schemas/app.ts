import * as z from 'zod/mini'
import { openObject } from '../../lib/schema/open-object.ts'
import { anyObject, inputOf, parametersOf } from './envelope.ts'

/**
 * The body of an application's completion request. The path names the application, so `model` is missing or (Python
 * SDK) an empty string; a workflow may be started with `biz_params` alone.
 */
export const appCompletion = openObject(
  { input: inputOf(openObject({}, { prompt: z.string(), messages: z.array(anyObject) })) },
  { parameters: parametersOf(anyObject) },
)
