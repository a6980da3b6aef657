import { isJsonObject, type JsonObject } from '../../lib/json/object.ts'
import type { Framing } from './framing.ts'
import type { Joiner } from './joiner.ts'
import { addIncrement, isEmptyValue, takeLatest } from './merge.ts'
import { sumChoices } from './usage.ts'

/**
 * Joins a native stream: `output.text`, or `output.choices` with text or parts, with reasoning and tool calls.
 *
 * Usage is a running total, and other members of `output` (`search_info`, `tool_info`) are either repeated or sent
 * once, so the last non-empty value counts. A choice has ended when its `finish_reason` is not the text "null"
 * (DashScope API reference, `finish_reason`).
 */
export function joinNative({ incremental, choices: wanted }: Framing): Joiner {
  const add = incremental ? addIncrement : takeLatest
  const response: JsonObject = {}
  const output: JsonObject = {}
  const said: JsonObject = {}
  const choices = new Map<number, JsonObject>()
  // With several choices each frame reports the usage of its own choice.
  const usages = new Map<number, JsonObject>()
  return {
    add: ({ output: frame, ...rest }) => {
      // A keepalive adds nothing; an error is not part of a response.
      if (!isJsonObject(frame)) return !('code' in rest) && !('error' in rest)
      const { text, choices: parts, ...others } = frame
      takeLatest(output, others)
      if (text !== undefined) add(said, { text })
      for (const choice of Array.isArray(parts) ? parts.filter(isJsonObject) : []) {
        const index = typeof choice.index === 'number' ? choice.index : 0
        const known = choices.get(index) ?? {}
        add(known, choice)
        choices.set(index, known)
        if (isJsonObject(rest.usage)) usages.set(index, rest.usage)
      }
      for (const [key, value] of Object.entries(rest)) if (!isEmptyValue(value)) response[key] = value
      return true
    },
    done: () => undefined,
    finish: () => {
      const all = [...choices.values()].sort((a, b) => Number(a.index) - Number(b.index))
      if (all.length === 0 && said.text !== undefined) {
        return hasEnded(output) ? { output: { ...output, ...said }, ...response } : undefined
      }
      if (usages.size > 1 && isJsonObject(response.usage)) {
        response.usage = sumChoices(response.usage, [...usages.values()])
      }
      const isComplete = all.length >= wanted && all.every(hasEnded)
      return isComplete ? { output: { ...output, ...said, choices: all }, ...response } : undefined
    },
  }
}

function hasEnded({ finish_reason: reason }: JsonObject): boolean {
  return typeof reason === 'string' && reason !== 'null' && reason !== ''
}
