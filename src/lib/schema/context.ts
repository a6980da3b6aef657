import type * as z from 'zod/mini'
import { expectation } from './expectation.ts'

/**
 * How every body is checked. `abortEarly` ends an array at its first bad element: 20 MiB of bad messages would otherwise
 * make ten million issues and fill the isolate. zod uses it for its own `validate`, which says only yes or no, and calls
 * it internal; the test with a huge array shows when an update of zod takes it away.
 */
export const CONTEXT: z.core.ParseContextInternal<z.core.$ZodIssue> = { error: expectation, abortEarly: true }
