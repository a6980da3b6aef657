import { bodyOf, type Question } from './question.ts'

/** A route of requests to the stand-in for DashScope. */
export interface Route {
  name: string
  /** Process id of the contender; undefined for direct calls. */
  pid?: number
  /** On 127.0.0.1. */
  port: number
  path: string
  /** The credential and the other headers that the contender needs. */
  headers: Record<string, string>
  /** Whether every request is identical. */
  isRepeated?: boolean
  /** Matches the required Cache-Status, if the route is about the cache. */
  cacheStatus?: RegExp
}

/** A request in wire format (RFC 9112). */
export function wireRequest({ port, path, headers }: Route, question: Question): string {
  const body = bodyOf(question)
  const all = {
    host: `127.0.0.1:${port}`,
    accept: question.events > 0 ? 'text/event-stream' : 'application/json',
    'content-type': 'application/json',
    'user-agent': 'dashscope-edge-bench',
    ...headers,
    'content-length': String(Buffer.byteLength(body)),
  }
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`)
  return `POST ${path} HTTP/1.1\r\n${lines.join('')}\r\n${body}`
}
