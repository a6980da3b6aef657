import { isJsonObject, type JsonObject } from '../../lib/json/object.ts'
import { isTextPart } from './merge.ts'
import { piecesOf } from './pieces.ts'

/** One step of a message as a stream tells it: more reasoning, more text, or more of one tool call. */
export interface Delta {
  reasoning: string
  text: string
  calls: JsonObject[]
}

/** A message whose text, reasoning and calls are known. */
export interface ParsedMessage {
  text: string
  /** Whether the text is in parts, as in multimodal answers. */
  isParts: boolean
  reasoning: string
  calls: JsonObject[]
  /** What else the message holds; the role among it. */
  others: JsonObject
}

/** Reads a message; undefined if its content is more than text (images, recognised tables). */
export function readMessage(message: JsonObject): ParsedMessage | undefined {
  const { content, reasoning_content: reasoning, tool_calls: calls, ...others } = message
  const text = textOf(content)
  const list = calls ?? []
  if (text === undefined || !Array.isArray(list) || !list.every(isCall)) return undefined
  return {
    text,
    isParts: Array.isArray(content),
    reasoning: typeof reasoning === 'string' ? reasoning : '',
    calls: list,
    others,
  }
}

/** The steps in DashScope's order: reasoning, text, then call after call; later fragments have an empty id and no name. */
export function deltasOf({ reasoning, text, calls }: ParsedMessage): Delta[] {
  const nothing = { reasoning: '', text: '', calls: [] }
  return [
    ...piecesOf(reasoning).map((piece) => ({ ...nothing, reasoning: piece })),
    ...piecesOf(text).map((piece) => ({ ...nothing, text: piece })),
    ...calls.flatMap(fragmentsOf).map((call) => ({ ...nothing, calls: [call] })),
  ]
}

/** Whole answers may leave `index` out or repeat it; in a stream it is what holds the fragments of a call together. */
function fragmentsOf(call: JsonObject, index: number): JsonObject[] {
  const { function: called, type = 'function' } = call
  const { arguments: text, ...named } = called as JsonObject
  const [first = '', ...rest] = piecesOf(text as string)
  return [
    { ...call, index, function: { ...named, arguments: first } },
    ...rest.map((piece) => ({ index, id: '', type, function: { arguments: piece } })),
  ]
}

function isCall(call: unknown): call is JsonObject {
  return isJsonObject(call) && isJsonObject(call.function) && typeof call.function.arguments === 'string'
}

function textOf(content: unknown): string | undefined {
  if (typeof content === 'string') return content
  if (content === undefined || content === null) return ''
  return Array.isArray(content) && content.every(isTextPart)
    ? content.map((part) => part.text).join('')
    : undefined
}
