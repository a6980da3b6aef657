import { isJsonObject } from '../../lib/json/object.ts'
import type { Endpoint, StreamFormat } from '../endpoint.ts'

/**
 * The format of a stream: everything needed to join it into a whole response, or to split a response into a stream.
 */
export interface Framing {
  format: StreamFormat
  /** Each frame contains only the new part; otherwise everything so far. Only native streams have both modes. */
  incremental: boolean
  /** Whether a compatible stream contains its usage. */
  includeUsage: boolean
  /** Requested number of choices (`n`). */
  choices: number
}

/**
 * The framing that a stream request asks for.
 *
 * @returns undefined if the endpoint's stream format is unknown, or if DashScope's output is uncertain: a model with
 *   an undocumented default of `incremental_output`, search results in a separate frame, or undocumented options.
 */
export function framingOf(endpoint: Endpoint, model: string, body: unknown): Framing | undefined {
  const plain = plainFraming(endpoint, body)
  if (!plain) return undefined
  const { stream_options: options, parameters } = body as Record<string, unknown>
  if (plain.format === 'anthropic') return plain
  if (hasUsageOption(plain.format)) return compatibleFraming(plain, options ?? {})
  const { incremental_output: asked, enable_thinking: thinks, search_options: search } = fieldsOf(parameters)
  if (fieldsOf(search).prepend_search_result === true) return undefined
  const incremental = typeof asked === 'boolean' ? asked : thinks === true ? undefined : streamsDeltas(model)
  return incremental === undefined ? undefined : { ...plain, incremental }
}

/** The framing of streams that the gateway itself requests: incremental, with usage. */
export function plainFraming(endpoint: Endpoint, body: unknown): Framing | undefined {
  const { streamFormat: format } = endpoint
  if (!format) return undefined
  const { n } = format === 'native' ? fieldsOf(fieldsOf(body).parameters) : fieldsOf(body)
  return { format, incremental: true, includeUsage: true, choices: typeof n === 'number' ? n : 1 }
}

/** Whether streams of this format contain usage only with `stream_options.include_usage`. */
export function hasUsageOption(format: StreamFormat | undefined): boolean {
  return format === 'chat' || format === 'completion'
}

function compatibleFraming(plain: Framing, options: unknown): Framing | undefined {
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
