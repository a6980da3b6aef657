import type { Message, ToolCall } from './conversation.ts'
import type { Setup } from './setup.ts'

/** A request of the playground, without a credential. */
export interface WireRequest {
  path: string
  headers: Record<string, string>
  body: Record<string, unknown>
}

/** The headers that a request is sent with; the browser adds its own. */
export function sentHeaders({ headers }: WireRequest, key: string): Record<string, string> {
  return { ...headers, 'content-type': 'application/json', authorization: `Bearer ${key}` }
}

/** Tokens as the response counts them. */
export interface Usage {
  input: number
  output: number
  cached: number
  reasoning: number
}

export interface Source {
  title: string
  url: string
}

/** What one event, or a whole response, adds to an answer. */
export interface Delta {
  text?: string
  thinking?: string
  /** Pieces of tool calls by their position; names and ids come once, arguments grow. */
  calls?: (Partial<ToolCall> & { index: number })[]
  usage?: Usage
  sources?: Source[]
  /** The answer is complete; a stream that ends without it broke off. */
  isEnd?: boolean
  failure?: { code: string; message: string }
}

/** One wire format: how it asks, and how its responses are read. */
export interface WireFormat {
  request: (setup: Setup, model: string, messages: readonly Message[]) => WireRequest
  /** Reads the data of an event; `[DONE]` is passed as text. */
  event: (data: unknown, event: string) => Delta
  /** Reads a response that is not a stream. */
  whole: (body: unknown) => Delta
}
