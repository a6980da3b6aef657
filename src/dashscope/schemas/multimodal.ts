import * as z from 'zod/mini'
import { rule } from '../../lib/schema/must.ts'
import { openObject } from '../../lib/schema/open-object.ts'
import { nativeBody } from './envelope.ts'
import { message } from './messages.ts'
import { generationParameters } from './parameters.ts'

/**
 * What a multimodal model is asked: `messages`, or for speech `text`, where the Java SDK adds an empty `messages`.
 * Other inputs pass as long as there is one: this path serves a new kind of model every few months.
 */
const input = openObject({}, { messages: z.array(message), text: z.string() }).check(
  rule(asksSomething, '"messages" with at least one message, or "text" for speech'),
)

function asksSomething(asked: Record<string, unknown>): boolean {
  for (const key in asked) {
    const value = asked[key]
    const isEmpty = value === undefined || value === null || (Array.isArray(value) && value.length === 0)
    if (!isEmpty) return true
  }
  return false
}

/** The body of a multimodal-generation request. */
export const multimodalGeneration = nativeBody(input, generationParameters)
