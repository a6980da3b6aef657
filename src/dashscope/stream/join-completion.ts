import type { Framing } from './framing.ts'
import { joinChoices } from './join-choices.ts'
import type { Joiner } from './joiner.ts'

/**
 * Joins the chunks of a text completion (OpenAI API reference, "Completions"), which have the same format as the
 * whole response.
 */
export function joinCompletion(framing: Framing): Joiner {
  return joinChoices(framing, {
    blank: (index) => ({ text: '', index }),
    increment: (choice) => choice,
    head: {},
  })
}
