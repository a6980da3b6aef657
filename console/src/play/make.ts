import { failureOf, GatewayFailure } from '../gateway/failure.ts'
import { at, list, text } from './read.ts'
import type { WireRequest } from './wire.ts'

/** The products other than conversations. */
export type Product = 'image' | 'video' | 'speech' | 'transcript'

export const PRODUCTS: readonly Product[] = ['image', 'video', 'speech', 'transcript']

/** The options for a product. */
export interface Order {
  product: Product
  model: string
  prompt: string
  voice: string
  /** In DashScope's format, `1024*1024`; empty: the model's default. */
  size: string
  /** The first frame of a video, or a recording to transcribe, as a data URL. */
  source?: string
}

/** The default models, which every account may use. */
export const DEFAULT_MODELS: Readonly<Record<Product, string>> = {
  image: 'wan2.2-t2i-flash',
  video: 'wan2.2-t2v-plus',
  speech: 'qwen3-tts-flash',
  transcript: 'qwen3-asr-flash',
}

const SERVICES = '/api/v1/services/aigc'
const MULTIMODAL = `${SERVICES}/multimodal-generation/generation`

/** Image models that respond synchronously, in the format of a conversation (Qwen-Image and Wan 2.6 API pages). */
const MAKES_AT_ONCE = /^(?:qwen-image|z-image|wan2\.[67]-(?:image|t2i))/

const AS_TASK = { 'X-DashScope-Async': 'enable' }
const AS_STREAM = { 'X-DashScope-SSE': 'enable' }

/** The request that makes a product. Sizes and voices that are not set are not sent. */
export function makeRequest({ product, model, prompt, voice, size, source }: Order): WireRequest {
  const parameters = size === '' ? {} : { size }
  if (product === 'speech') {
    return { path: MULTIMODAL, headers: AS_STREAM, body: { model, input: { text: prompt, voice } } }
  }
  if (product === 'transcript') return conversation(model, [{ audio: source ?? '' }], {})
  if (product === 'image' && MAKES_AT_ONCE.test(model)) {
    return conversation(model, [{ text: prompt }], parameters)
  }
  const path = product === 'image' ? 'text2image/image-synthesis' : 'video-generation/video-synthesis'
  const input = { prompt, ...(source !== undefined && { img_url: source }) }
  return { path: `${SERVICES}/${path}`, headers: AS_TASK, body: { model, input, parameters } }
}

function conversation(model: string, content: object[], parameters: object): WireRequest {
  return {
    path: MULTIMODAL,
    headers: {},
    body: { model, input: { messages: [{ role: 'user', content }] }, parameters },
  }
}

/**
 * Sends a request of this module.
 *
 * @throws GatewayFailure with the gateway's own sentence.
 */
export async function send(
  { path, headers, body }: WireRequest,
  key: string,
  signal: AbortSignal,
): Promise<Response> {
  const response = await fetch(path, {
    method: 'POST',
    headers: { ...headers, 'content-type': 'application/json', authorization: `Bearer ${key}` },
    body: JSON.stringify(body),
    signal,
  })
  if (!response.ok) throw await failureOf(response)
  return response
}

/** The results: URLs at DashScope's storage, valid for a day, and text. */
export interface Made {
  urls: string[]
  text: string
}

/** Parses all result formats: of tasks, and of conversations. */
export function readMade(body: unknown): Made {
  const output = at(body, 'output')
  const results = list(output.results).map((result) => text(at(result).url))
  const content = list(at(output, 'choices', 0, 'message').content)
  const images = content.map((part) => text(at(part).image))
  const spoken = content.map((part) => text(at(part).text)).join('')
  return { urls: [text(output.video_url), ...results, ...images].filter(isWeb), text: spoken }
}

/** URLs come from outside, and only http and https may be opened. */
function isWeb(url: string): boolean {
  return /^https?:\/\//i.test(url)
}

/** The state of a task that DashScope runs. */
export interface Task {
  id: string
  /** `PENDING`, `RUNNING`, `SUCCEEDED`, `FAILED`, `CANCELED`, `UNKNOWN`. */
  status: string
}

export function readTask(body: unknown): Task {
  const output = at(body, 'output')
  return { id: text(output.task_id), status: text(output.task_status) }
}

export function isOver({ status }: Task): boolean {
  return status !== 'PENDING' && status !== 'RUNNING'
}

/** The error of a failed task; undefined otherwise. */
export function failureOfTask(body: unknown): GatewayFailure | undefined {
  const { status } = readTask(body)
  if (status === 'SUCCEEDED') return undefined
  const { code, message } = at(body, 'output')
  return new GatewayFailure(200, text(message) || status, { code: text(code) || status })
}
