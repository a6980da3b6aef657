import { type Signal, signal } from '@preact/signals'
import type { ToolCall } from './conversation.ts'
import type { ChoiceDelta, Usage } from './wire.ts'

/** One of the alternatives of a response. Its parts are signals, since a stream changes one at a time. */
export interface ReplyChoice {
  /** Its number in the response, from 0. */
  index: number
  text: Signal<string>
  thinking: Signal<string>
  calls: Signal<ToolCall[]>
  /** The time when thinking ended and text began. */
  thoughtMs: Signal<number | undefined>
  /** Not shown, so not a signal. */
  usage: Usage | undefined
  isEnded: boolean
}

/** An empty choice. */
export function newChoice(index: number): ReplyChoice {
  return {
    index,
    text: signal(''),
    thinking: signal(''),
    calls: signal([]),
    thoughtMs: signal(undefined),
    usage: undefined,
    isEnded: false,
  }
}

/** The choices with the one of a number; a list without it grows, however large the number is. */
export function withChoice(choices: ReplyChoice[], index = 0): ReplyChoice[] {
  if (choices.some((choice) => choice.index === index)) return choices
  return [...choices, newChoice(index)].sort((one, other) => one.index - other.index)
}

/**
 * Adds an increment to its choice.
 *
 * @param atMs milliseconds since the request.
 * @returns whether anything is there to show.
 */
export function addToChoice(choices: readonly ReplyChoice[], delta: ChoiceDelta, atMs: number): boolean {
  const { index = 0, text = '', thinking = '', calls = [], usage, isEnd } = delta
  const choice = choices.find((each) => each.index === index)
  if (!choice) return false
  if (text && choice.thinking.peek()) choice.thoughtMs.value ??= atMs
  if (text) choice.text.value += text
  if (thinking) choice.thinking.value += thinking
  if (calls.length > 0) choice.calls.value = withPieces(choice.calls.peek(), calls)
  if (usage) choice.usage = merge(choice.usage ?? usage, usage)
  if (isEnd) choice.isEnded = true
  return text !== '' || thinking !== '' || calls.length > 0
}

/** The usage of a response: all choices have the same input. */
export function usageOfChoices(choices: readonly ReplyChoice[]): Usage | undefined {
  return choices
    .flatMap(({ usage }) => usage ?? [])
    .reduce<Usage | undefined>(
      (sum, next) =>
        sum
          ? {
              ...merge(sum, next),
              output: sum.output + next.output,
              reasoning: sum.reasoning + next.reasoning,
            }
          : next,
      undefined,
    )
}

/** Anthropic reports input at the start and output at the end; numbers only increase. */
function merge(before: Usage, next: Usage): Usage {
  return {
    input: Math.max(before.input, next.input),
    output: Math.max(before.output, next.output),
    cached: Math.max(before.cached, next.cached),
    reasoning: Math.max(before.reasoning, next.reasoning),
  }
}

function withPieces(calls: readonly ToolCall[], pieces: NonNullable<ChoiceDelta['calls']>): ToolCall[] {
  const grown = new Map(calls.map((call, index) => [positionOf(call, index), call]))
  for (const { index, id, name, arguments: args = '' } of pieces) {
    const before = grown.get(index) ?? { id: '', name: '', arguments: '' }
    const call = { id: id || before.id, name: name || before.name, arguments: before.arguments + args }
    positions.set(call, index)
    grown.set(index, call)
  }
  return [...grown.values()]
}

/** The index of a tool call in its message. Anthropic counts text blocks too, so it is not the index in the list. */
const positions = new WeakMap<ToolCall, number>()

function positionOf(call: ToolCall, index: number): number {
  return positions.get(call) ?? index
}
