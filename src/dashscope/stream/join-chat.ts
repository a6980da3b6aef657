import { isJsonObject } from '../../lib/json/object.ts'
import type { Framing } from './framing.ts'
import { joinChoices } from './join-choices.ts'
import type { Joiner } from './joiner.ts'

/**
 * Joins the chunks of a chat completion (OpenAI API reference, "chat completion chunk", with DashScope's
 * `reasoning_content`).
 */
export function joinChat(framing: Framing): Joiner {
  return joinChoices(framing, {
    blank: (index) => ({ index, message: { role: 'assistant', content: null } }),
    increment: ({ delta, ...choice }) => (isJsonObject(delta) ? { ...choice, message: delta } : choice),
    head: { object: 'chat.completion' },
  })
}
