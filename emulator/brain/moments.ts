import { type Counts, countTokens } from '../tokens.ts'
import type { Reply } from './reply.ts'

/** A fragment of one tool call; only its first fragment has a `name`. */
export interface ToolDelta {
  index: number
  id: string
  name: string | undefined
  arguments: string
}

/** The increment of one frame to the choice with index `choice`, and the running totals after it. */
export interface Moment {
  choice: number
  reasoning: string
  text: string
  tools: ToolDelta[]
  counts: Counts
}

/** Code points in a fragment of a tool call's arguments. */
const ARGUMENT_PIECE = 8

/** All moments of a stream, choice after choice. */
export function moments(replies: readonly Reply[], input: Counts): Moment[] {
  const all: Moment[] = []
  let before = input
  for (const [choice, reply] of replies.entries()) {
    all.push(...momentsOf(reply, choice, before))
    before = countReply(reply, before)
  }
  return all
}

/** The final counts. */
export function finalCounts(replies: readonly Reply[], input: Counts): Counts {
  return replies.reduce((counts, reply) => countReply(reply, counts), input)
}

function countReply(reply: Reply, counts: Counts): Counts {
  const called = reply.toolCalls.map((call) => call.name + call.arguments).join('')
  return said(counts, reply.reasoning, reply.text + called)
}

function said(counts: Counts, reasoning: string, rest: string): Counts {
  const thought = countTokens(reasoning)
  return {
    ...counts,
    output: counts.output + thought + countTokens(rest),
    reasoning: counts.reasoning + thought,
  }
}

function momentsOf(reply: Reply, choice: number, before: Counts): Moment[] {
  const all: Moment[] = []
  let reasoning = ''
  let rest = ''
  const nothing = { choice, reasoning: '', text: '', tools: [] }
  for (const piece of thoughtPieces(reply.reasoning)) {
    reasoning += piece
    all.push({ ...nothing, reasoning: piece, counts: said(before, reasoning, '') })
  }
  for (const piece of reply.pieces) {
    rest += piece
    all.push({ ...nothing, text: piece, counts: said(before, reasoning, rest) })
  }
  for (const tools of toolFragments(reply)) {
    rest += tools.map((delta) => (delta.name ?? '') + delta.arguments).join('')
    all.push({ ...nothing, tools, counts: said(before, reasoning, rest) })
  }
  return all
}

function thoughtPieces(reasoning: string): string[] {
  return reasoning.match(/.{1,16}/gsu) ?? []
}

/**
 * The last fragment is empty and closes all calls at once, as recorded: frames may contain deltas of several indexes.
 */
function toolFragments({ toolCalls }: Reply): ToolDelta[][] {
  const fragments = toolCalls.flatMap((call, index) => {
    const points = Array.from(call.arguments)
    const first = points.slice(0, ARGUMENT_PIECE).join('')
    const rest = points.slice(ARGUMENT_PIECE).join('')
    const start: ToolDelta = { index, id: call.id, name: call.name, arguments: first }
    const next: ToolDelta = { index, id: '', name: undefined, arguments: rest }
    return rest === '' ? [[start]] : [[start], [next]]
  })
  const closing = toolCalls.map((_, index) => ({ index, id: '', name: undefined, arguments: '' }))
  return closing.length === 0 ? [] : [...fragments, closing]
}
