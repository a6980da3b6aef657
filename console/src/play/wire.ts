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

/** The tokens reported by the response. */
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

/** The increment of one choice. */
export interface ChoiceDelta {
  /** The position of the choice; 0 if missing. */
  index?: number
  text?: string
  thinking?: string
  /** Fragments of tool calls by position; names and ids are sent once, arguments in fragments. */
  calls?: (Partial<ToolCall> & { index: number })[]
  /** Native streams report the usage of each choice; all others one usage, which is at the first choice. */
  usage?: Usage
  /** The choice is complete; only native streams end this way. */
  isEnd?: boolean
}

/** The increment in an event or a whole response. */
export interface Delta {
  choices?: ChoiceDelta[]
  sources?: Source[]
  /** The response is complete; a stream without it broke off. */
  isEnd?: boolean
  failure?: { code: string; message: string }
}

/** The increment of a response that has only one choice. */
export function onlyChoice(choice: ChoiceDelta): Delta {
  return { choices: [choice] }
}

/** A wire format: builds requests and parses responses. */
export interface WireFormat {
  request: (setup: Setup, model: string, messages: readonly Message[]) => WireRequest
  /** Parses the data of an event; `[DONE]` is passed as text. */
  event: (data: unknown, event: string) => Delta
  /** Parses a response that is not a stream. */
  whole: (body: unknown) => Delta
}
