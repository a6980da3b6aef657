import type { Endpoint } from '../dashscope/endpoint.ts'
import type { Frame } from '../dashscope/stream/frames.ts'
import { type Framing, plainFraming } from '../dashscope/stream/framing.ts'
import { setBounded } from '../lib/bounded-map.ts'
import { isJsonObject } from '../lib/json/object.ts'

/** Kinds of requests that an isolate remembers as stream-only; fewer than a hundred models are. */
const STREAM_ONLY_MEMORY_ENTRIES = 1000

/** A non-stream request that may have to be sent as a stream. */
export interface Aggregation {
  framing: Framing
  /** Decides whether it has to be: the endpoint, the model, and the members of the request that matter. */
  kind: string
  /** Receives the frames of the response while they arrive; if set, the request is always sent as a stream. */
  onFrame?: (frame: Frame) => void
}

/** Longer than every value that matters; it bounds what an isolate remembers. */
const MAX_DECIDING_CHARACTERS = 32

/** Kinds of requests that DashScope refused without streaming, for as long as the isolate lives; oldest first. */
const known = new Map<string, true>()

/**
 * What is needed to send a non-stream request as a stream.
 *
 * @returns undefined for endpoints whose responses are not text, and for research, whose stream has phases that do
 *   not form one response (Qwen-Deep-Research page).
 */
export function aggregationOf(endpoint: Endpoint, model: string, body: unknown): Aggregation | undefined {
  const framing = plainFraming(endpoint, body)
  if (!framing || !isJsonObject(body) || model.includes('deep-research')) return undefined
  const parameters = isJsonObject(body.parameters) ? body.parameters : body
  return { framing, kind: [endpoint.name, model, ...decidingIn(parameters)].join(' ') }
}

/**
 * Members that can make a request stream-only: thinking, the code interpreter, an agent's search and spoken answers
 * (their pages).
 */
function decidingIn({
  enable_thinking,
  thinking,
  enable_code_interpreter,
  search_options,
  modalities,
}: Record<string, unknown>): string[] {
  const { type } = isJsonObject(thinking) ? thinking : {}
  const { search_strategy } = isJsonObject(search_options) ? search_options : {}
  const deciding = [enable_thinking, type, enable_code_interpreter, search_strategy]
  const spoken = Array.isArray(modalities) && modalities.includes('audio')
  return [...deciding, spoken].map((value) =>
    typeof value === 'object' ? 'object' : String(value).slice(0, MAX_DECIDING_CHARACTERS),
  )
}

/** Whether DashScope refused a request of this kind because it was not a stream. */
export function onlyStreams(kind: string): boolean {
  return known.has(kind)
}

/** Remembers that requests of this kind must be streams. */
export function rememberOnlyStreams(kind: string): void {
  setBounded(known, kind, true, STREAM_ONLY_MEMORY_ENTRIES)
}

/** Forgets it after DashScope has refused such a request as a stream too. */
export function forgetOnlyStreams(kind: string): void {
  known.delete(kind)
}
