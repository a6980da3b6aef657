import { logprobsOf } from '../brain/logprobs.ts'
import type { Moment, ToolDelta } from '../brain/moments.ts'
import type { Question } from '../brain/question.ts'
import type { Reply } from '../brain/reply.ts'
import type { ToolCall } from '../brain/tools.ts'
import type { JsonObject } from '../json.ts'

/** The layout of a response: plain text, `choices` with text, or `choices` with a list of parts. */
export type Layout = 'text' | 'message' | 'multimodal'

/** One choice so far. `reasoning` is undefined without thinking. */
export interface ChoiceState {
  index: number
  content: string
  reasoning: string | undefined
  toolCalls: JsonObject[] | undefined
  finish: string
  logprobs?: JsonObject
}

/** DashScope's `output` for the choices of a response or frame. */
export function outputOf(layout: Layout, choices: readonly ChoiceState[]): JsonObject {
  const [first] = choices
  if (layout === 'text') return { finish_reason: first?.finish ?? 'stop', text: first?.content ?? '' }
  return { choices: choices.map((choice) => choiceOf(layout, choice)) }
}

function choiceOf(layout: Layout, choice: ChoiceState): JsonObject {
  const { index, content, reasoning, toolCalls, finish, logprobs } = choice
  const parts = content === '' ? [] : [{ text: content }]
  return {
    message: {
      role: 'assistant',
      content: layout === 'multimodal' ? parts : content,
      ...(reasoning === undefined ? {} : { reasoning_content: reasoning }),
      ...(toolCalls === undefined ? {} : { tool_calls: toolCalls }),
    },
    index,
    finish_reason: finish,
    ...(logprobs === undefined ? {} : { logprobs }),
  }
}

/** The complete choice. */
export function wholeChoice(reply: Reply, index: number, question: Question): ChoiceState {
  const forced = typeof question.toolChoice === 'object'
  const spelled = question.logprobs !== undefined && reply.text !== ''
  return {
    index,
    content: reply.text,
    reasoning: question.thinks ? reply.reasoning : undefined,
    toolCalls: reply.toolCalls.length > 0 ? reply.toolCalls.map(wholeCall) : undefined,
    // As recorded, a forced call without streaming ends with "stop".
    finish: forced && reply.toolCalls.length > 0 ? 'stop' : reply.finish,
    ...(spelled ? { logprobs: logprobsOf(reply.text, question.logprobs ?? 0) } : {}),
  }
}

function wholeCall(call: ToolCall, index: number): JsonObject {
  return { function: { name: call.name, arguments: call.arguments }, index, id: call.id, type: 'function' }
}

/** A fragment of a tool call as a stream's delta: later fragments have an empty id and no name. */
export function toolDelta({ index, id, name, arguments: piece }: ToolDelta): JsonObject {
  const named = name === undefined ? {} : { name }
  return { index, id, type: 'function', function: { ...named, arguments: piece } }
}

/** Adds a moment's fragments to the tool calls so far, for cumulative streams. */
export function growCalls(sofar: readonly ToolCall[], moment: Moment): ToolCall[] {
  const grown = sofar.map((call) => ({ ...call }))
  for (const delta of moment.tools) {
    const call = grown[delta.index]
    if (call === undefined) grown.push({ id: delta.id, name: delta.name ?? '', arguments: delta.arguments })
    else call.arguments += delta.arguments
  }
  return grown
}

/** Complete tool calls in the format of a response. */
export function wholeCalls(calls: readonly ToolCall[]): JsonObject[] {
  return calls.map(wholeCall)
}
