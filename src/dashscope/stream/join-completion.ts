import { isJsonObject, type JsonObject } from '../../lib/json/object.ts'
import type { Framing } from './framing.ts'
import type { Joiner } from './joiner.ts'
import { addIncrement } from './merge.ts'

/**
 * Joins the chunks of a text completion (OpenAI API reference, "Completions"), which have the same shape as the whole
 * response. It is complete with a `finish_reason` in every choice, and `[DONE]` or the usage that was asked for.
 */
export function joinCompletion({ choices: wanted, includeUsage }: Framing): Joiner {
  let head: JsonObject | undefined
  let usage: JsonObject | undefined
  let isDone = false
  const choices = new Map<number, JsonObject>()
  return {
    add: (chunk) => {
      // A keepalive adds nothing; an error is not part of a response.
      if (!Array.isArray(chunk.choices)) return !('error' in chunk) && !('code' in chunk)
      head ??= chunk
      if (isJsonObject(chunk.usage)) usage = chunk.usage
      for (const choice of chunk.choices.filter(isJsonObject)) {
        const index = typeof choice.index === 'number' ? choice.index : 0
        const known = choices.get(index) ?? { text: '', index }
        addIncrement(known, choice)
        choices.set(index, known)
      }
      return true
    },
    done: () => {
      isDone = true
    },
    finish: () => {
      const all = [...choices.values()].sort((a, b) => Number(a.index) - Number(b.index))
      const isWhole = isDone || usage !== undefined || !includeUsage
      const hasEnded = all.every(({ finish_reason: reason }) => typeof reason === 'string' && reason !== '')
      if (!head || !isWhole || all.length < wanted || !hasEnded) return undefined
      const { usage: _, ...rest } = head
      return { ...rest, choices: all, ...(usage && { usage }) }
    },
  }
}
