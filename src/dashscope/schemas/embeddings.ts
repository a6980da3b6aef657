import * as z from 'zod/mini'
import { rule } from '../../lib/schema/must.ts'
import { openObject } from '../../lib/schema/open-object.ts'
import { anyObject, model, nativeBody } from './envelope.ts'

/** Texts to embed now, or for the asynchronous models the address of a file of them. */
const texts = openObject({}, { texts: z.union([z.string(), z.array(z.string())]), url: z.string() }).check(
  rule(
    (asked) => (asked.texts ?? asked.url ?? undefined) !== undefined,
    'either "texts" or, for an asynchronous model, "url"',
  ),
)

/** The body of a native text-embedding request. How many texts fit hangs on the model. */
export const textEmbedding = nativeBody(texts, anyObject)

/** The body of a native multimodal-embedding request; a refusal of DashScope's shows that plain strings count too. */
export const multimodalEmbedding = nativeBody(
  openObject({ contents: z.union([z.array(z.unknown()), z.string()]) }, {}),
  anyObject,
)

/** The body of an OpenAI-compatible embeddings request; the array may hold texts or tokens. */
export const compatibleEmbeddings = openObject(
  { model, input: z.union([z.string(), z.array(z.unknown())]) },
  {},
)
