import { isJsonObject, type JsonObject } from '../../lib/json/object.ts'
import { isTextPart } from './merge.ts'
import { piecesOf } from './pieces.ts'

/** One increment of a streamed message: reasoning, text, or a fragment of a tool call. */
export interface Delta {
  reasoning: string
  text: string
  calls: JsonObject[]
}

/** A message split into text, reasoning and tool calls. */
export interface ParsedMessage {
  text: string
  /** Whether the text is in parts, as in multimodal responses. */
  isParts: boolean
  reasoning: string
  calls: JsonObject[]
  /** The other members of the message, including the role. */
  others: JsonObject
}

/** Parses a message; undefined if its content is not only text (images, recognized tables). */
export function readMessage(message: JsonObject): ParsedMessage | undefined {
  const { content, reasoning_content: reasoning, tool_calls: calls, ...others } = message
  const text = contentText(content)
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

/**
 * The increments in DashScope's order: reasoning, text, then call after call; later fragments have an empty id and no
 * name.
 */
export function deltasOf({ reasoning, text, calls }: ParsedMessage): Delta[] {
  const nothing = { reasoning: '', text: '', calls: [] }
  return [
    ...piecesOf(reasoning).map((piece) => ({ ...nothing, reasoning: piece })),
    ...piecesOf(text).map((piece) => ({ ...nothing, text: piece })),
    ...calls.flatMap(fragmentsOf).map((call) => ({ ...nothing, calls: [call] })),
  ]
}

/** Whole responses may omit or repeat `index`; in a stream it identifies the fragments of a call. */
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

function contentText(content: unknown): string | undefined {
  if (typeof content === 'string') return content
  if (content === undefined || content === null) return ''
  return Array.isArray(content) && content.every(isTextPart)
    ? content.map((part) => part.text).join('')
    : undefined
}
