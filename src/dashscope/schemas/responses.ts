import * as z from 'zod/mini'
import { model } from './envelope.ts'

/** The body of an OpenAI-compatible responses request; `input` may be left out where an earlier response is named. */
export const responses = z.looseObject({
  model,
  input: z.nullish(z.union([z.string(), z.array(z.unknown())])),
  stream: z.nullish(z.boolean()),
})
