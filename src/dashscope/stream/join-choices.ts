import { isJsonObject, type JsonObject } from '../../lib/json/object.ts'
import type { Framing } from './framing.ts'
import type { Joiner } from './joiner.ts'
import { addIncrement } from './merge.ts'

/** The differences between chat and text completions. */
interface Choices {
  /** Returns a choice before its first increment. */
  blank: (index: number) => JsonObject
  /** Converts a choice of a chunk to an increment of the whole choice. */
  increment: (choice: JsonObject) => JsonObject
  /** Members of the response that replace those of the first chunk. */
  head: JsonObject
}

/**
 * Joins the chunks of a completion of the OpenAI API. It is complete with a `finish_reason` in every choice, and
 * `[DONE]` or the requested usage, which comes in a chunk without choices.
 */
export function joinChoices(
  { choices: wanted, includeUsage }: Framing,
  { blank, increment, head: replaced }: Choices,
): Joiner {
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
        const known = choices.get(index) ?? blank(index)
        addIncrement(known, increment(choice))
        choices.set(index, known)
      }
      return true
    },
    done: () => {
      isDone = true
    },
    finish: () => {
      const all = [...choices.values()].sort((a, b) => Number(a.index) - Number(b.index))
      // Some servers omit `[DONE]`; then the usage shows that the stream is complete.
      const isWhole = isDone || usage !== undefined || !includeUsage
      if (!head || !isWhole || all.length < wanted || !all.every(hasEnded)) return undefined
      const { usage: _, ...rest } = head
      return { ...rest, ...replaced, choices: all, ...(usage && { usage }) }
    },
  }
}

function hasEnded({ finish_reason: reason }: JsonObject): boolean {
  return typeof reason === 'string' && reason !== ''
}
