import type { Gateway } from './config.ts'
import type { StreamOrder } from './frames.ts'

/** The native text generation: the endpoint that most callers use. */
const PATH = '/api/v1/services/aigc/text-generation/generation'

/** The endpoint for models with image input. */
const MEDIA_PATH = '/api/v1/services/aigc/multimodal-generation/generation'

/** The `Host` of every request. */
export const HOST = 'gateway.example'

/** The credential of a request, which affects its cost. */
export type Credential = 'unmeteredKey' | 'clientKey' | 'limitedKey' | 'token'

/** One kind of request, and how the gateway must handle it for the measurement to be valid. */
export interface Case {
  name: string
  credential: Credential
  /** Matches the Cache-Status of each response. */
  cacheStatus: RegExp
  /** Whether every request is identical. */
  isRepeated?: boolean
  /** The gateway to use, if it is not the default one. */
  gateway?: Gateway
  /** `number` makes the body unique. */
  request: (number: number, credential: string) => RequestParts
}

/** A request with web search is looked up like any other, but its response is not stored. */
const LOOKED_UP = {
  cacheStatus: /; fwd=miss$/,
  request: (number: number, key: string) => parts(key, {}, generation(number, { enable_search: true })),
}

/** The case of the performance promise: the key is checked, the request validated and looked up, and nothing else. */
export const PROMISED_CASE: Case = {
  name: 'looked up, not there',
  credential: 'unmeteredKey',
  ...LOOKED_UP,
}

/** The same with a session token instead of a key. */
export const TOKEN_CASE: Case = { name: 'the same, session token', credential: 'token', ...LOOKED_UP }

/** The plain path: the key is checked, the request validated and forwarded. */
export const PLAIN_CASE: Case = {
  name: 'past the cache',
  credential: 'unmeteredKey',
  cacheStatus: /; fwd=bypass$/,
  request: (number, key) => parts(key, PAST_CACHE, generation(number, {})),
}

/**
 * The same with limits on requests and tokens that are never reached: each request makes a reservation at the key's
 * meter.
 */
export const LIMITED_CASE: Case = { ...PLAIN_CASE, name: 'past the cache, limits', credential: 'limitedKey' }

/** The usual case of a key: looked up, not found, and its usage counted. */
export const METERED_CASE: Case = { name: 'the same, usage counted', credential: 'clientKey', ...LOOKED_UP }

/** The header that bypasses the cache. */
export const PAST_CACHE = { 'cache-control': 'no-store' }

/** An identical request each time: after the first it is served from the isolate's memory. */
export const HIT_CASE: Case = {
  name: 'from memory',
  credential: 'unmeteredKey',
  cacheStatus: /; hit; ttl=\d+$/,
  isRepeated: true,
  request: (_number, key) => parts(key, {}, generation(0, {})),
}

/** A request that is new to this isolate, but whose response is in KV. */
export const KV_HIT_CASE: Case = {
  ...HIT_CASE,
  name: 'from KV',
  isRepeated: false,
  gateway: 'gatewayWithFullKv',
  request: (number, key) => parts(key, {}, generation(number, {})),
}

/** The requests whose throughput is compared. */
export const THROUGHPUT_CASES: readonly Case[] = [
  PROMISED_CASE,
  TOKEN_CASE,
  METERED_CASE,
  {
    name: 'looked up, then stored',
    credential: 'clientKey',
    cacheStatus: /; fwd=miss; stored$/,
    request: (number, key) => parts(key, {}, generation(number, {})),
  },
  PLAIN_CASE,
  LIMITED_CASE,
  HIT_CASE,
  KV_HIT_CASE,
]

/** The parts of a request, for node:http as well as for the bare wire. */
export interface RequestParts {
  path: string
  headers: Record<string, string>
  body: string
}

/** A request for a stream, with the parameters for the stand-in for DashScope. */
export function streamRequest(
  key: string,
  order: StreamOrder,
  headers: Record<string, string> = {},
): RequestParts {
  const wanted = { 'x-dashscope-sse': 'enable', ...headers }
  return parts(key, wanted, { ...generation(order.number, {}), bench: order })
}

/** A question about an image with a given body size; `number` makes the body unique. */
export function mediaRequest(key: string, number: number, bodyBytes: number): RequestParts {
  const ask = (image: string): RequestParts => {
    const content = [{ image: `data:image/png;base64,${image}` }, { text: `What is on image ${number}?` }]
    return parts(
      key,
      {},
      { model: 'qwen-vl-max', input: { messages: [{ role: 'user', content }] } },
      MEDIA_PATH,
    )
  }
  return ask('iVBORw0K'.repeat(bodyBytes / 8).slice(Buffer.byteLength(ask('').body)))
}

/** A request in wire format (RFC 9112). */
export function wireForm({ path, headers, body }: RequestParts): string {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
  return `POST ${path} HTTP/1.1\r\n${lines.join('')}\r\n${body}`
}

/** About 1 kB: a system prompt and a short conversation. */
function generation(number: number, parameters: Record<string, unknown>): Record<string, unknown> {
  const messages = [
    {
      role: 'system',
      content: 'You are a helpful assistant. Answer briefly, in the language of the question. '.repeat(3),
    },
    {
      role: 'user',
      content:
        'At which temperature does water boil at sea level, and why does it boil earlier on a mountain? '.repeat(
          2,
        ),
    },
    {
      role: 'assistant',
      content:
        'At 100 °C. Higher up the air presses less on the water, so its vapour needs less heat to push back.',
    },
    {
      role: 'user',
      content: `And at ${number} metres? Give the formula you use and one sentence on how well it fits.`,
    },
  ]
  return {
    model: 'qwen-max',
    input: { messages },
    parameters: {
      result_format: 'message',
      seed: 1234,
      temperature: 0.85,
      top_p: 0.8,
      max_tokens: 1500,
      ...parameters,
    },
  }
}

function parts(
  key: string,
  headers: Record<string, string>,
  content: Record<string, unknown>,
  path = PATH,
): RequestParts {
  const body = JSON.stringify(content)
  return {
    path,
    headers: {
      host: HOST,
      authorization: `Bearer ${key}`,
      accept: 'application/json',
      'content-type': 'application/json',
      'user-agent': 'dashscope-edge-bench',
      ...headers,
      'content-length': String(Buffer.byteLength(body)),
    },
    body,
  }
}
