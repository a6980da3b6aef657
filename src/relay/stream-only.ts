import { STREAM_ONLY_MEMORY_ENTRIES } from '../constants.ts'
import type { Endpoint } from '../dashscope/endpoint.ts'
import { type Framing, plainFraming } from '../dashscope/stream/framing.ts'
import { isJsonObject } from '../json/object.ts'
import { textOf } from '../json/utf8.ts'
import type { Answer } from './answer.ts'

/** A non-stream request that may have to be asked as a stream. */
export interface Aggregation {
  framing: Framing
  /** What decides whether it has to: the endpoint, the model, and the members of the request that can make it so. */
  kind: string
}

/** DashScope's error page, "InvalidParameter"; newer servers put a code before the message and a link behind it. */
const ONLY_STREAMS =
  /must be set to false for non-streaming calls|only support stream call|This model only support stream mode/

/** Thinking, the code interpreter, an agent's search and spoken answers are for streams alone (their pages). */
const DECIDING = ['enable_thinking', 'thinking', 'enable_code_interpreter', 'search_options', 'modalities']

/** Kinds that DashScope answered so, for as long as the isolate lives; oldest first. */
const known = new Set<string>()

/**
 * What is needed to ask a non-stream request as a stream.
 *
 * @returns undefined for endpoints whose answers are no text, and for research, whose stream is told in phases and makes no
 *   single answer (Qwen-Deep-Research page).
 */
export function aggregationOf(endpoint: Endpoint, model: string, body: unknown): Aggregation | undefined {
  const framing = plainFraming(endpoint, body)
  if (!framing || !isJsonObject(body) || model.includes('deep-research')) return undefined
  const parameters = isJsonObject(body.parameters) ? body.parameters : body
  const deciding = DECIDING.map((name) => parameters[name])
  return { framing, kind: JSON.stringify([endpoint.name, model, ...deciding]) }
}

/** Whether a request of this kind was refused before because it was no stream. */
export function onlyStreams(kind: string): boolean {
  return known.has(kind)
}

/** Keeps in mind that a request of this kind has to be a stream. */
export function rememberOnlyStreams(kind: string): void {
  known.add(kind)
  const [oldest] = known
  if (known.size > STREAM_ONLY_MEMORY_ENTRIES && oldest !== undefined) known.delete(oldest)
}

/** Whether DashScope refused a request for nothing but that it was no stream. */
export function refusesForStream(answer: Answer): boolean {
  if (answer.kind !== 'whole' || answer.status !== 400) return false
  try {
    const body: unknown = JSON.parse(textOf(answer.body))
    if (!isJsonObject(body)) return false
    const { message } = isJsonObject(body.error) ? body.error : body
    return typeof message === 'string' && ONLY_STREAMS.test(message)
  } catch {
    return false
  }
}
