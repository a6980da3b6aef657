import { isJsonObject, type JsonObject } from '../../lib/json/object.ts'
import type { Framing } from './framing.ts'
import type { Assembler } from './joiner.ts'
import { addIncrement, isEmptyValue, takeLatest } from './merge.ts'

/**
 * Puts a native stream together: `output.text`, or `output.choices` with text or parts; reasoning and tool calls with it.
 *
 * Usage is a running total, and what else stands in `output` (`search_info`, `tool_info`) is repeated whole or comes once,
 * so the last that is not empty counts. A choice has ended when its `finish_reason` is not the text "null"
 * (DashScope API reference, `finish_reason`).
 */
export function assembleNative({ incremental, choices: wanted }: Framing): Assembler {
  const add = incremental ? addIncrement : takeLatest
  const answer: JsonObject = {}
  const output: JsonObject = {}
  const said: JsonObject = {}
  const choices = new Map<number, JsonObject>()
  return {
    add: ({ output: frame, ...rest }) => {
      if (!isJsonObject(frame)) return false
      const { text, choices: parts, ...others } = frame
      takeLatest(output, others)
      if (text !== undefined) add(said, { text })
      for (const choice of Array.isArray(parts) ? parts.filter(isJsonObject) : []) {
        const index = typeof choice.index === 'number' ? choice.index : 0
        const known = choices.get(index) ?? {}
        add(known, choice)
        choices.set(index, known)
      }
      for (const [key, value] of Object.entries(rest)) if (!isEmptyValue(value)) answer[key] = value
      return true
    },
    done: () => undefined,
    finish: () => {
      const all = [...choices.values()].sort((a, b) => Number(a.index) - Number(b.index))
      if (all.length === 0 && said.text !== undefined) {
        return hasEnded(output) ? { output: { ...output, ...said }, ...answer } : undefined
      }
      const isComplete = all.length >= wanted && all.every(hasEnded)
      return isComplete ? { output: { ...output, ...said, choices: all }, ...answer } : undefined
    },
  }
}

function hasEnded({ finish_reason: reason }: JsonObject): boolean {
  return typeof reason === 'string' && reason !== 'null' && reason !== ''
}
