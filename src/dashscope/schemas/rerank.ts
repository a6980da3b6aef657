import * as z from 'zod/mini'
import { openObject } from '../../lib/schema/open-object.ts'
import { anyObject, model, nativeBody } from './envelope.ts'

/** What is ranked against what: texts, or objects such as `{text}` and `{image}` for qwen3-vl-rerank. */
const query = z.union([z.string(), anyObject])
const documents = z.array(z.unknown())
const topN = { top_n: z.number() }

/** The body of a native rerank request (`qwen3-vl-rerank`, `gte-rerank-v2`). */
export const nestedRerank = nativeBody(openObject({ query, documents }, {}), openObject({}, topN))

/** The body of a rerank request on the compatible path (`qwen3-rerank`), which has no `input` and no `parameters`. */
export const flatRerank = openObject({ model, query, documents }, topN)
