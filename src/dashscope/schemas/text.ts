import * as z from 'zod/mini'
import { rule } from '../../lib/schema/must.ts'
import { openObject } from '../../lib/schema/open-object.ts'
import { nativeBody } from './envelope.ts'
import { message } from './messages.ts'
import { textParameters } from './parameters.ts'

/**
 * What a text model is asked: `messages`, or the older `prompt` with an optional `history`. DashScope refuses
 * neither of both with `Either "prompt" or "messages" must exist and cannot both be none`, and an empty `messages`
 * with `[] is too short`. An empty one beside a prompt passes: what DashScope makes of it hangs on the model.
 */
const input = openObject({}, { messages: z.array(message), prompt: z.string() }).check(
  rule(
    (asked) => (asked.messages ?? asked.prompt ?? undefined) !== undefined,
    'either "prompt" or "messages"',
  ),
  rule((asked) => asked.messages?.length !== 0 || typeof asked.prompt === 'string', 'at least one message', [
    'messages',
  ]),
)

/** The body of a text-generation request. */
export const textGeneration = nativeBody(input, textParameters)
