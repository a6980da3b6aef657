import * as z from 'zod/mini'
import { once } from '../../lib/once.ts'
import { anyObject } from './shared.ts'

/** The body that creates a batch from a file; DashScope checks the rest. */
export const batchCreate = once(() =>
  z.looseObject({ input_file_id: z.string().check(z.minLength(1)), metadata: z.nullish(anyObject()) }),
)
