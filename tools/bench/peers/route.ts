import { bodyOf, type Question } from './question.ts'

/** One way for a request to reach the stand-in for DashScope. */
export interface Route {
  name: string
  /** Process id of what is in between; absent: nothing is. */
  pid?: number
  /** On 127.0.0.1. */
  port: number
  path: string
  /** The credential and the other headers that the contender needs. */
  headers: Record<string, string>
  /** Asks the same question each time. */
  isRepeated?: boolean
  /** What Cache-Status must say, if the route is about the cache. */
  cacheStatus?: RegExp
}

/** A request as it goes over the wire (RFC 9112). */
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
