import { readFileSync } from 'node:fs'

/** One event of a stream, with the lines it was written in. */
export interface ReadFrame {
  id: string | undefined
  event: string | undefined
  comments: string[]
  data: unknown
}

/** The paths under test. */
export const TEXT = '/api/v1/services/aigc/text-generation/generation'
export const MULTIMODAL = '/api/v1/services/aigc/multimodal-generation/generation'
export const CHAT = '/compatible-mode/v1/chat/completions'
export const MESSAGES = '/apps/anthropic/v1/messages'
export const STREAM = { 'x-dashscope-sse': 'enable' }

/** Takes an address, a path, a JSON body, further headers and a key; returns the response to the POST. */
export function post(
  address: string,
  path: string,
  body: unknown,
  headers: Record<string, string> = {},
  key = 'sk-test',
): Promise<Response> {
  return fetch(address + path, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
    redirect: 'manual',
  })
}

/** Takes an address, a path and a key; returns the JSON that GET answers with. */
export async function get(address: string, path: string, key = 'sk-test'): Promise<unknown> {
  const response = await fetch(address + path, { headers: { authorization: `Bearer ${key}` } })
  return response.json()
}

/** Takes the text of an event stream; returns its events. Data that is not JSON stays text. */
export function readFrames(text: string): ReadFrame[] {
  return text
    .replaceAll('\r\n', '\n')
    .split('\n\n')
    .filter((block) => block !== '')
    .map((block) => {
      const lines = block.split('\n')
      const field = (name: string): string | undefined =>
        lines
          .find((line) => line.startsWith(`${name}:`))
          ?.slice(name.length + 1)
          .trimStart()
      const data = field('data')
      return {
        id: field('id'),
        event: field('event'),
        comments: lines.filter((line) => line.startsWith(':')),
        data: data?.startsWith('{') ? JSON.parse(data) : data,
      }
    })
}

/** Takes a recording's name and part (`request.body.json` and so on); returns its text. */
export function recording(name: string, part: string): string {
  return readFileSync(new URL(`../recordings/${name}.${part}`, import.meta.url), 'utf8')
}

/**
 * Takes any JSON value; returns its shape: every path in it with the type found there, sorted. List items share one
 * path, so that a shape does not depend on how many there are.
 */
export function shapeOf(value: unknown, path = ''): string[] {
  const paths = new Set<string>()
  const add = (inner: unknown, name: string): void => {
    for (const found of shapeOf(inner, `${path}${name}`)) paths.add(found)
  }
  if (Array.isArray(value)) {
    paths.add(`${path}[]`)
    for (const item of value) add(item, '[]')
  } else if (typeof value === 'object' && value !== null) {
    for (const [name, inner] of Object.entries(value)) add(inner, `.${name}`)
  } else {
    paths.add(`${path}: ${value === null ? 'null' : typeof value}`)
  }
  return [...paths].sort()
}
