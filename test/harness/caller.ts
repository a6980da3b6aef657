import { request as httpRequest } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'

/** What a caller asks; `model` and `text` go where the path wants them. */
export interface TestRequest {
  address: string
  key: string
  path: string
  body: unknown
  headers?: Record<string, string>
}

export const TEXT = '/api/v1/services/aigc/text-generation/generation'
export const CHAT = '/compatible-mode/v1/chat/completions'
export const MESSAGES = '/apps/anthropic/v1/messages'
export const SSE = { 'x-dashscope-sse': 'enable' }

/** Bodies that ask the same in the three dialects. */
export function nativeBody(model: string, text: string, parameters: object = {}) {
  return {
    model,
    input: { messages: [{ role: 'user', content: text }] },
    parameters: { result_format: 'message', ...parameters },
  }
}

export function chatBody(model: string, text: string, more: object = {}) {
  return { model, messages: [{ role: 'user', content: text }], ...more }
}

export function messagesBody(model: string, text: string, more: object = {}) {
  return { model, max_tokens: 100, messages: [{ role: 'user', content: text }], ...more }
}

/** Headers of a JSON request that the cache has nothing to do with. */
export function pastCache(key: string, more: Record<string, string> = {}): Record<string, string> {
  return {
    authorization: `Bearer ${key}`,
    'content-type': 'application/json',
    'cache-control': 'no-store',
    ...more,
  }
}

/** Asks with fetch. */
export function ask({ address, key, path, body, headers = {} }: TestRequest): Promise<Response> {
  return fetch(address + path, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  })
}

/**
 * Sends a request over its own connection and hangs up as a browser or an edge does, with a reset.
 *
 * @param when `asked`: after the request was sent and `wait` is over; `answered`: at the first bytes of the response body.
 * @param wait milliseconds, or what has to happen first; a condition holds on a busy machine too.
 * @returns what had arrived when the caller left.
 */
export async function askAndLeave(
  asked: TestRequest,
  when: 'asked' | 'answered',
  wait: number | (() => Promise<unknown>) = 300,
): Promise<string> {
  const body = JSON.stringify(asked.body)
  const request = httpRequest(asked.address + asked.path, {
    method: 'POST',
    agent: false,
    headers: {
      authorization: `Bearer ${asked.key}`,
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(body),
      ...asked.headers,
    },
  })
  request.on('error', () => undefined)
  const arrived = new Promise<string>((resolve) => {
    request.on('response', (response) => {
      response.on('error', () => undefined)
      response.once('data', (chunk) => resolve(String(chunk)))
    })
  })
  request.end(body)
  const text = when === 'answered' ? await arrived : ''
  if (when === 'asked') await (typeof wait === 'number' ? sleep(wait) : wait())
  request.socket?.resetAndDestroy()
  return text
}

/** A JSON body as the shape that the test expects; what is not there fails where it is compared. */
export async function json<Shape = Record<string, unknown>>(response: Response): Promise<Shape> {
  return (await response.json()) as Shape
}

/** A local Workflow engine takes seconds to begin, and many more on a machine that is busy with other work. */
const GIVE_UP_AFTER_MS = 40_000
const CHECK_EVERY_MS = 20

/** Waits until something is so; fails after 40 seconds with what was waited for. */
export async function until(what: string, isSo: () => boolean | Promise<boolean>): Promise<void> {
  const giveUpAt = performance.now() + GIVE_UP_AFTER_MS
  while (performance.now() < giveUpAt) {
    if (await isSo()) return
    await sleep(CHECK_EVERY_MS)
  }
  throw new Error(`Waited ${GIVE_UP_AFTER_MS / 1000} seconds in vain: ${what}.`)
}
