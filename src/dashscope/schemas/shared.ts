import * as z from 'zod/mini'
import { once } from '../../lib/once.ts'
import { notEmpty, refine } from '../../lib/schema/refine.ts'

const NON_EMPTY = 'a non-empty string'

/**
 * Bounds the model names that an isolate remembers. Real names, even of fine-tuned models with their ids, are far
 * shorter.
 */
const MAX_MODEL_CHARACTERS = 256

/** The name of a model. DashScope decides whether it exists, since models come and go every month. */
export const model = once(() =>
  z.string({ error: NON_EMPTY }).check(
    notEmpty(NON_EMPTY),
    refine((name) => name.length <= MAX_MODEL_CHARACTERS, `at most ${MAX_MODEL_CHARACTERS} characters`),
  ),
)

/** PHP's `json_encode` writes an empty object as an empty array, and DashScope accepts it. */
const emptyArray = once(() => z.array(z.unknown()).check(refine((list) => list.length === 0, 'an object')))

/** An object (or PHP's `[]`) that satisfies a schema. */
export function objectLike<Inner extends z.core.SomeType>(inner: Inner) {
  return z.union([inner, emptyArray()], { error: 'an object' })
}

/** An object whose members are not checked. */
export const anyObject = once(() => objectLike(z.looseObject({})))

/** A list of messages, which must not be empty. */
export function messageList<Message extends z.core.SomeType>(message: Message) {
  return z.array(message).check(notEmpty('at least one message'))
}
