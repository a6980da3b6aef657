import { isJsonObject } from '../../lib/json/object.ts'
import type { Endpoint } from '../endpoint.ts'

/** How a stream tells its answer: all that is needed to put it together, or to make one of a whole answer. */
export interface Framing {
  family: 'text' | 'multimodal' | 'chat' | 'anthropic'
  /** Each frame holds what is new; otherwise all so far. Only native streams have the choice. */
  incremental: boolean
  /** Whether a compatible stream names its usage. */
  includeUsage: boolean
  /** Answers asked for (`n`). */
  choices: number
}

/**
 * The framing that a stream request asks for.
 *
 * @returns undefined where the endpoint streams nothing that is known here, or where it is not certain what DashScope would
 *   send: a model whose default of `incremental_output` is not documented, search results in a frame of their own, options
 *   that nobody has described.
 */
export function framingOf(endpoint: Endpoint, model: string, body: unknown): Framing | undefined {
  const plain = plainFraming(endpoint, body)
  if (!plain) return undefined
  const { stream_options: options, parameters } = body as Record<string, unknown>
  if (plain.family === 'anthropic') return plain
  if (plain.family === 'chat') return chatFraming(plain, options ?? {})
  const { incremental_output: asked, enable_thinking: thinks, search_options: search } = fieldsOf(parameters)
  if (fieldsOf(search).prepend_search_result === true) return undefined
  const incremental = typeof asked === 'boolean' ? asked : thinks === true ? undefined : streamsDeltas(model)
  return incremental === undefined ? undefined : { ...plain, incremental }
}

/** The framing of a stream that the gateway itself asks for: increments, with the usage. */
export function plainFraming(endpoint: Endpoint, body: unknown): Framing | undefined {
  const { family } = endpoint
  if (family !== 'text' && family !== 'multimodal' && family !== 'chat' && family !== 'anthropic')
    return undefined
  const { n } = family === 'chat' ? fieldsOf(body) : fieldsOf(fieldsOf(body).parameters)
  return { family, incremental: true, includeUsage: true, choices: typeof n === 'number' ? n : 1 }
}

function chatFraming(plain: Framing, options: unknown): Framing | undefined {
  const { include_usage: usage = false, ...unknown } = fieldsOf(options)
  if (!isJsonObject(options) || typeof usage !== 'boolean' || Object.keys(unknown).length > 0)
    return undefined
  return { ...plain, includeUsage: usage }
}

/** DashScope API reference, `incremental_output`: true for these, false for the models named plainly. */
const DELTAS_BY_DEFAULT = /^(?:qwen3-max|qwen3-vl|qwq|qvq|qwen3-(?:next-)?\d+(?:\.\d+)?b)/
const WHOLE_BY_DEFAULT = /^qwen-(?:max|plus|turbo|flash|long|vl-max|vl-plus)\b/

function streamsDeltas(model: string): boolean | undefined {
  if (DELTAS_BY_DEFAULT.test(model)) return true
  return WHOLE_BY_DEFAULT.test(model) ? false : undefined
}

function fieldsOf(value: unknown): Record<string, unknown> {
  return isJsonObject(value) ? value : {}
}
