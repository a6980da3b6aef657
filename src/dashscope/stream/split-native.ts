import { isJsonObject, type JsonObject } from '../../lib/json/object.ts'
import { type Delta, deltasOf, type ParsedMessage, readMessage } from './deltas.ts'
import type { Framing } from './framing.ts'
import { piecesOf } from './pieces.ts'

/** The `finish_reason` of a choice that has not ended: this text, not `null` (seen in every recorded stream). */
const NOT_YET = 'null'

/**
 * Makes the frames of a native response, byte for byte in DashScope's format, each with the whole usage. Search
 * results are in the first frame and are empty lists in later ones; in cumulative streams they are repeated.
 */
export function splitNative(response: JsonObject, { incremental }: Framing): string | undefined {
  const { output } = response
  if (!isJsonObject(output)) return undefined
  const { search_info: search, ...rest } = output
  const outputs = Array.isArray(rest.choices)
    ? choiceOutputs(rest, rest.choices, incremental)
    : textOutputs(rest, incremental)
  return outputs
    ?.map((each, index) => {
      const found = incremental && index > 0 ? emptied(search) : search
      return frame(index + 1, {
        ...response,
        ...usageFor(each, response.usage),
        output: search === undefined ? each : { ...each, search_info: found },
      })
    })
    .join('')
}

function textOutputs(
  { text, finish_reason: reason, ...others }: JsonObject,
  incremental: boolean,
): JsonObject[] | undefined {
  if (typeof text !== 'string') return undefined
  let sofar = ''
  const frames = piecesOf(text).map((piece) => {
    sofar += piece
    return { finish_reason: NOT_YET, text: incremental ? piece : sofar }
  })
  return [...frames, { ...others, finish_reason: reason, text: incremental ? '' : text }]
}

/** Sends the choices one after the other; the other members are in the last frame. */
function choiceOutputs(
  output: JsonObject,
  choices: readonly unknown[],
  incremental: boolean,
): JsonObject[] | undefined {
  const frames: JsonObject[] = []
  for (const choice of choices) {
    const spoken =
      isJsonObject(choice) && isJsonObject(choice.message) ? readMessage(choice.message) : undefined
    if (!isJsonObject(choice) || !spoken) return undefined
    for (const frame of framesOfChoice(choice, spoken, incremental)) frames.push({ choices: [frame] })
  }
  const last = frames.at(-1)
  return last && [...frames.slice(0, -1), { ...output, ...last }]
}

function framesOfChoice(choice: JsonObject, spoken: ParsedMessage, incremental: boolean): JsonObject[] {
  const { index, finish_reason: reason, message: _, ...others } = choice
  const place = index === undefined ? {} : { index }
  const thinks = 'reasoning_content' in (choice.message as JsonObject)
  const message = ({ reasoning, text, calls }: Delta): JsonObject => ({
    role: 'assistant',
    content: spoken.isParts ? (text === '' ? [] : [{ text }]) : text,
    ...(thinks && { reasoning_content: reasoning }),
    ...(calls.length > 0 && { tool_calls: calls }),
  })
  const steps = incremental ? deltasOf(spoken) : cumulative(deltasOf(spoken))
  const end = incremental ? { reasoning: '', text: '', calls: [] } : spoken
  // In recorded streams, the last fragment of a tool call contains the finish_reason.
  const final = spoken.calls.length > 0 ? (steps.pop() ?? end) : end
  return [
    ...steps.map((step) => ({ message: message(step), ...place, finish_reason: NOT_YET })),
    { ...others, message: { ...message(final), ...spoken.others }, ...place, finish_reason: reason },
  ]
}

/** Makes increments cumulative. */
function cumulative(steps: readonly Delta[]): Delta[] {
  let sofar: Delta = { reasoning: '', text: '', calls: [] }
  return steps.map(({ reasoning, text, calls }) => {
    sofar = {
      reasoning: sofar.reasoning + reasoning,
      text: sofar.text + text,
      calls: calls.reduce(withFragment, sofar.calls),
    }
    return sofar
  })
}

function withFragment(calls: JsonObject[], fragment: JsonObject): JsonObject[] {
  const last = calls.at(-1)
  if (!last || last.index !== fragment.index) return [...calls, fragment]
  const called = last.function as JsonObject
  const text = `${called.arguments}${(fragment.function as JsonObject).arguments}`
  return [...calls.slice(0, -1), { ...last, function: { ...called, arguments: text } }]
}

/**
 * The usage in a frame. Clients add up the output of each choice, and a whole response has one number for all of
 * them, so the frames of the first choice have that number and those of the others 0.
 */
function usageFor({ choices }: JsonObject, usage: unknown): { usage?: JsonObject } {
  const [choice] = Array.isArray(choices) ? choices : []
  const isFirst = !isJsonObject(choice) || choice.index === undefined || choice.index === 0
  if (isFirst || !isJsonObject(usage)) return {}
  return { usage: { ...usage, output_tokens: 0 } }
}

function emptied(search: unknown): unknown {
  return isJsonObject(search) ? Object.fromEntries(Object.keys(search).map((key) => [key, []])) : search
}

/** No space after the colons: DashScope's Python SDK compares the rest literally. */
function frame(id: number, body: JsonObject): string {
  return `id:${id}\nevent:result\n:HTTP_STATUS/200\ndata:${JSON.stringify(body)}\n\n`
}
