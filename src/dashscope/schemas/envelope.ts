import * as z from 'zod/mini'
import { must, notEmpty } from '../../lib/schema/must.ts'
import { openObject } from '../../lib/schema/open-object.ts'

const NON_EMPTY = 'a non-empty string'

/** Names of models, also of tuned ones with their ids, are far shorter; an isolate remembers them. */
const MAX_MODEL_CHARACTERS = 256

/** The name of a model. Whether it exists is for DashScope to say: models come and go every month. */
export const model = z.string({ error: NON_EMPTY }).check(
  notEmpty(NON_EMPTY),
  must((name) => name.length <= MAX_MODEL_CHARACTERS, `at most ${MAX_MODEL_CHARACTERS} characters`),
)

/** An object of which nothing is checked. */
export const anyObject = openObject({}, {})

/** PHP's `json_encode` writes an empty array where an empty object is meant; nothing says that DashScope minds. */
const emptyArray = z.array(z.unknown()).check(must((list) => list.length === 0, 'an object'))

/**
 * The `input` of a native request: the family's object, or the cipher text that stands in its place when the
 * request carries `X-DashScope-EncryptionKey` (both official SDKs).
 */
export function inputOf<Input extends z.core.$ZodType>(input: Input) {
  return z.union([input, z.string()], { error: 'an object' })
}

/** The `parameters` of a native request. */
export function parametersOf<Parameters extends z.core.$ZodType>(parameters: Parameters) {
  return z.union([parameters, emptyArray], { error: 'an object' })
}

/**
 * The body of a native request: `{model, input, parameters?}` (DashScope API reference, request body). Every other
 * key passes; SDKs send `resources` and `stream` beside them.
 */
export function nativeBody<Input extends z.core.$ZodType, Parameters extends z.core.$ZodType>(
  input: Input,
  parameters: Parameters,
) {
  return openObject({ model, input: inputOf(input) }, { parameters: parametersOf(parameters) })
}
