import type { Moment } from '../brain/moments.ts'
import type { Reply } from '../brain/reply.ts'
import type { ToolCall } from '../brain/tools.ts'
import type { Counts } from '../tokens.ts'
import { type ChoiceState, growCalls, toolDelta, wholeCalls } from './render.ts'

/** The style of a native stream. `endsWithText`: models from 2024 send the last text and "stop" in one frame. */
export interface StreamStyle {
  deltas: boolean
  thinks: boolean
  endsWithText: boolean
}

/**
 * One frame of a native stream before framing: a single choice, the running totals, and the totals of only that
 * choice.
 */
export interface NativeStep {
  choice: ChoiceState
  counts: Counts
  own: Counts
}

/** The frames of a native stream, including the final ones. */
export function nativeSteps(
  replies: readonly Reply[],
  all: readonly Moment[],
  input: Counts,
  style: StreamStyle,
): NativeStep[] {
  let before = input
  return replies.flatMap((reply, index) => {
    const start = before
    const steps = deltasOf(
      reply,
      all.filter(({ choice }) => choice === index),
      index,
      before,
      style,
    )
    before = steps.at(-1)?.counts ?? before
    return steps.map((step) => ({ ...step, own: without(step.counts, start) }))
  })
}

/** Each frame reports the output of its own choice; clients add them up by index. */
function without(counts: Counts, { output, reasoning }: Counts): Counts {
  return { ...counts, output: counts.output - output, reasoning: counts.reasoning - reasoning }
}

function deltasOf(
  reply: Reply,
  own: readonly Moment[],
  index: number,
  before: Counts,
  style: StreamStyle,
): Omit<NativeStep, 'own'>[] {
  const sofar = { content: '', reasoning: '', calls: [] as ToolCall[] }
  const steps = own.map((moment) => {
    sofar.content += moment.text
    sofar.reasoning += moment.reasoning
    sofar.calls = growCalls(sofar.calls, moment)
    const calls = style.deltas ? moment.tools.map(toolDelta) : wholeCalls(sofar.calls)
    const choice: ChoiceState = {
      index,
      content: style.deltas ? moment.text : sofar.content,
      reasoning: thought(style, style.deltas ? moment.reasoning : sofar.reasoning),
      toolCalls: calls.length > 0 ? calls : undefined,
      finish: 'null',
    }
    return { choice, counts: moment.counts }
  })
  const last = steps.at(-1)
  if (last !== undefined && (reply.finish === 'tool_calls' || style.endsWithText)) {
    last.choice.finish = reply.finish
    return steps
  }
  const end: ChoiceState = {
    index,
    content: style.deltas ? '' : sofar.content,
    reasoning: thought(style, style.deltas ? '' : sofar.reasoning),
    toolCalls: undefined,
    finish: reply.finish,
  }
  return [...steps, { choice: end, counts: last?.counts ?? before }]
}

function thought(style: StreamStyle, reasoning: string): string | undefined {
  return style.thinks ? reasoning : undefined
}
