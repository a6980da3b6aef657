import * as z from 'zod/mini'
import { model } from './envelope.ts'
import { openObject } from './open-object.ts'

/** The body of an OpenAI-compatible responses request; `input` may be left out where an earlier response is named. */
export const responses = openObject(
  { model },
  { input: z.union([z.string(), z.array(z.unknown())]), stream: z.boolean() },
)
