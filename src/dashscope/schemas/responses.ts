import * as z from 'zod/mini'
import { openObject } from '../../lib/schema/open-object.ts'
import { model } from './envelope.ts'

/** The body of an OpenAI-compatible responses request; `input` may be left out where an earlier response is named. */
export const responses = openObject(
  { model },
  { input: z.union([z.string(), z.array(z.unknown())]), stream: z.boolean() },
)
